"""jupyter_kernel_test, with every attribute that rg supports."""

import jupyter_kernel_test as jkt


class RGKernelTests(jkt.KernelTests):
    kernel_name = "rg"
    language_name = "go"
    file_extension = ".go"

    code_hello_world = 'import "fmt"\nfmt.Println("hello, world")'
    code_stderr = 'import ("fmt"; "os")\nfmt.Fprintln(os.Stderr, "oops")'
    completion_samples = [
        {"text": "tensor.Arang", "matches": {"Arange"}},
        {"text": "tensor."},
        {"text": "strings.ToUppe", "matches": {"ToUpper", "ToUpperSpecial"}},
    ]
    complete_code_samples = ["1 + 1", 'import "fmt"\nfmt.Println("x")', "func f() int {\n\treturn 1\n}", "x := 1", ""]
    incomplete_code_samples = ["for {", "func f() int {", "x := []int{1,", "fmt.Println(", "s := `raw", "x :="]
    invalid_code_samples = ["x := )", "func 3() {}", "for }"]
    code_generate_error = 'panic("on purpose")'
    code_execute_result = [
        {"code": "1 + 2", "result": "3"},
        {"code": "6 * 7", "result": "42"},
        {"code": '"a" + "b"', "result": "ab"},
    ]
    code_display_data = [
        {"code": 'display.Show(display.HTML("<b>bold</b>"))', "mime": "text/html"},
        {"code": "display.Show(42)", "mime": "text/plain"},
        {"code": "display.Show(viz.Line([]float64{1, 2, 3}, []float64{1, 4, 9}))", "mime": "image/svg+xml"},
    ]
    code_page_something = "?tensor.Zeros"
    code_history_pattern = "6 *"
    supported_history_operations = ("tail", "range", "search")
    code_inspect_sample = "tensor.Zeros"
    code_clear_output = "display.Clear(false)"
