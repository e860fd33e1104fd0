package lower

// replaced are the compiled functions that the runtime has its own version of: those that block
// or that must know the types of cells.
var replaced = map[string]string{
	"time.Sleep": "Sleep",
	"github.com/rustygradients/rg/interp/rg.Background": "Background",
	"errors.As":         "ErrorsAs",
	"fmt.Printf":        "FmtPrintf",
	"fmt.Sprintf":       "Sprintf",
	"fmt.Fprintf":       "Fprintf",
	"fmt.Errorf":        "Errorf",
	"fmt.Appendf":       "Appendf",
	"runtime.Goexit":    "Goexit",
	"reflect.DeepEqual": "DeepEqual",
}

// replacedMethods are the compiled methods that block; the runtime's versions can be interrupted.
var replacedMethods = map[string]string{
	"sync.WaitGroup.Wait": "WaitGroupWait",
	"sync.WaitGroup.Go":   "WaitGroupGo",
	"sync.Mutex.Lock":     "MutexLock",
	"sync.RWMutex.Lock":   "RWMutexLock",
	"sync.RWMutex.RLock":  "RWMutexRLock",
	"sync.Cond.Wait":      "CondWait",
}

// reflective are the beginnings of the names of compiled functions that look into their any
// arguments by reflection and therefore need the value itself, not a box.
var reflective = []string{
	"reflect.", "encoding/binary.", "encoding/json.Unmarshal", "encoding/json.Decode",
	"encoding/xml.", "encoding/gob.", "encoding/asn1.", "sort.Slice", "text/template.", "html/template.",
	"database/sql.", "runtime.", "fmt.Scan", "fmt.Sscan", "fmt.Fscan", "github.com/rustygradients/rg/tensor",
	"github.com/rustygradients/rg/gpu", "github.com/rustygradients/rg/hub", "gonum.org/",
}
