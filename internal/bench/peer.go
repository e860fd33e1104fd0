package main

import (
	"bufio"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

//go:embed peer.py
var peerPy []byte

// python is the peers' process. Its methods are not for several goroutines.
type python struct {
	path, script string
	cmd          *exec.Cmd
	in           io.WriteCloser
	out          *bufio.Reader
}

// pause is how long OpenBLAS's threads keep looking for work: 2²⁶ cycles, on a processor of 2 GHz. The next side's time is
// not theirs.
const pause = 33 * time.Millisecond

// request is what peer.py is asked to time: a kind and its arguments.
type request map[string]any

// startPython starts the process; nil, without an error, where no Python was named.
func startPython(path, dir string) (*python, error) {
	if path == "" {
		return nil, nil
	}
	p := &python{path: path, script: filepath.Join(dir, "peer.py")}
	if err := os.WriteFile(p.script, peerPy, 0o666); err != nil {
		return nil, err
	}
	p.cmd = p.command("serve")
	var err error
	if p.in, err = p.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	p.out = bufio.NewReader(out)
	return p, p.cmd.Start()
}

func (p *python) command(args ...string) *exec.Cmd {
	cmd := exec.Command(p.path, append([]string{p.script}, args...)...)
	cmd.Stderr = os.Stderr
	// A setting that keeps OpenBLAS from choosing its kernel would flatter rg.
	for _, v := range os.Environ() {
		if !strings.HasPrefix(v, "OPENBLAS_") {
			cmd.Env = append(cmd.Env, v)
		}
	}
	// Huge pages, as rg's tensors and NumPy's arrays have them; PyTorch's do only if they are asked for.
	cmd.Env = append(cmd.Env, "PYTHONDONTWRITEBYTECODE=1", "THP_MEM_ALLOC_ENABLE=1")
	return cmd
}

func (p *python) close() error {
	if p == nil {
		return nil
	}
	_ = p.in.Close()
	return p.cmd.Wait()
}

// side is a row's side that peer.py times.
func (p *python) side(name string, threads int, r request) side {
	return side{name: name, sample: func(budget time.Duration) ([]float64, error) {
		if p == nil {
			return nil, errors.New("no Python was named by -python")
		}
		r["threads"], r["seconds"] = threads, budget.Seconds()
		line, err := json.Marshal(r)
		if err != nil {
			return nil, err
		}
		if _, err := p.in.Write(append(line, '\n')); err != nil {
			return nil, fmt.Errorf("peer.py: %w", err)
		}
		answer, err := p.out.ReadBytes('\n')
		if err != nil {
			return nil, fmt.Errorf("peer.py ended: %w", err)
		}
		time.Sleep(pause)
		var a struct {
			Samples []float64
			Error   string
		}
		if err := json.Unmarshal(answer, &a); err != nil {
			return nil, fmt.Errorf("peer.py said %q: %w", answer, err)
		}
		if a.Error != "" {
			return nil, errors.New(a.Error)
		}
		return a.Samples, nil
	}}
}
