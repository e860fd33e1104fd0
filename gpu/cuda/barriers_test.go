//go:build cuda

package cuda_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/rustygradients/rg/gpu/emu"
)

// barrierTests are the tests of the sources that have barriers.
var barrierTests = map[string]string{
	"attention.cu": `TestConformance/Fused/Attention/float32`,
	"copy.cu":      `TestConformance/Copy/float32→float32`,
	"ctc.cu":       `TestConformance/Fused/CTC`,
	"decompose.cu": `TestConformance/Fused/Decompose`,
	"flash.cu":     `TestConformance/Fused/Attention/bfloat16/.*64_64/heads`,
	"gemm.cu":      `TestConformance/MatMul/bfloat16/\[\]/136`,
	"linear.cu":    `TestConformance/Fused/(Linear|Decompose)/(LU|[^A-Z])`,
	"reduce.cu":    `TestConformance/Reduce/sum/float32`,
	"rows.cu":      `TestConformance/Fused/LayerNorm/float32`,
	"rows.cuh":     `TestConformance/Fused/(Softmax|Norm)$`,
	"scan.cu":      `TestConformance/Fused/Scan/(cumsum|cummax)/float32`,
	"sort.cu":      `TestConformance/Fused/Sort/ArgSort/float32`,
	"tiles.cuh":    `TestConformance/MatMul/float32`,
}

// Each barrier of each kernel is needed, and the tests know it: without it they fail, in one of three orders of threads, or by a race.
func TestBarriers(t *testing.T) {
	if !emu.Used() || os.Getenv("RG_MUTANT") != "" {
		t.Skip("on the emulated driver alone")
	}
	inText, err := barriersInText(filepath.Join(emu.Folder(), "..", "kernels"))
	if err != nil {
		t.Fatal(err)
	}
	races, err := emu.BuildRaces("")
	if err != nil {
		t.Fatal(err)
	}
	for file, count := range inText {
		run := barrierTests[file]
		if run == "" {
			t.Errorf("%s has barriers, and no test is named here", file)
			continue
		}
		t.Run(file, func(t *testing.T) {
			t.Parallel()
			list := filepath.Join(t.TempDir(), "barriers")
			if text, err := runAgain(run, "0", "RG_EMU_BARRIERS="+list); err != nil {
				t.Fatalf("%s fails as it is: %v\n%s", run, err, text)
			}
			text, err := os.ReadFile(list)
			if err != nil {
				t.Fatal(err)
			}
			places := slices.DeleteFunc(strings.Fields(string(text)), func(s string) bool { return !strings.HasPrefix(s, file+":") })
			if len(places) != count {
				t.Errorf("the test waits at %d barriers of %d: %v", len(places), count, places)
			}
			for _, place := range places {
				without := "RG_EMU_WITHOUT=" + place
				found := slices.ContainsFunc([]string{"0", "1", "7"}, func(order string) bool {
					_, err := runAgain(run, order, without)
					return err != nil
				})
				if !found {
					_, err := runAgain(run, "0", without, "RG_LIBCUDA="+races)
					found = err != nil
				}
				if !found {
					t.Errorf("%s: the test passes without it", place)
				}
			}
		})
	}
}

// barriersInText counts the barriers of each source.
func barriersInText(folder string) (map[string]int, error) {
	files, err := filepath.Glob(filepath.Join(folder, "*.cu*"))
	if err != nil {
		return nil, err
	}
	count := map[string]int{}
	comment := regexp.MustCompile(`//.*`)
	for _, f := range files {
		text, err := os.ReadFile(f)
		if err != nil {
			return nil, err
		}
		if n := strings.Count(comment.ReplaceAllString(string(text), ""), "__syncthreads()"); n > 0 {
			count[filepath.Base(f)] = n
		}
	}
	return count, nil
}
