# Prints the bars (absolute, and beside PyTorch in the same run) and all figures. Its input is peer.py's lines, NAME FIGURE UNIT,
# and those of Go's benchmarks: BenchmarkNAME-N TIMES TIME ns/op FIGURE UNIT. Exits with 1 if a bar is missed. With emulated=1 no figure is
# printed, and no bar judged: they would be those of a processor at next to no size.

BEGIN { UNIT = "^(GFLOP/s|GB/s|tokens/s)$" }
FILENAME ~ /peer/ { if ($3 ~ UNIT) peer[$1] = $2; next }
/^Benchmark/ {
    name = $1
    sub(/^Benchmark/, "", name)
    sub(/-[0-9]+$/, "", name)
    for (i = 3; i < NF; i++)
        if ($(i + 1) ~ UNIT) {
            if (!(name in rg))
                order[++n] = name
            rg[name] = $i
            unit[name] = $(i + 1)
        }
}

function shown(x) { return x > 0 ? emulated ? "ran" : sprintf("%.1f", x) : "–" }

# bar prints a row: a figure, what it has to be, and their ratio. Without either there is none.
function bar(what, figure, wanted, u,    reached) {
    if (emulated || !(figure > 0) || !(wanted > 0)) {
        printf "| %s | %s | %s | – | not measured | %s |\n", what, shown(figure), emulated ? "–" : shown(wanted), u
        return
    }
    reached = figure >= wanted
    missed += !reached
    printf "| %s | %.1f | %.1f | %.2f | %s | %s |\n", what, figure, wanted, figure / wanted, reached ? "reached" : "MISSED", u
}

function row(what, figure, beside, u,    ratio) {
    ratio = beside > 0 && !emulated ? sprintf("%.2f", figure / beside) : "–"
    printf "| %s | %s | %s | %s | %s |\n", what, shown(figure), shown(beside), ratio, u
}

END {
    print "| bar | rg | at least | ratio | | unit |"
    print "|---|---|---|---|---|---|"
    square = "MatMul/float32/1024"
    bar("float32 1024³ in 80 µs", rg[square], 2 * 1024 ^ 3 / 80e-6 / 1e9, "GFLOP/s")
    bar("float32 1024³, 0.95 of PyTorch", rg[square], 0.95 * peer[square], "GFLOP/s")
    half = "MatMul/bfloat16/8192"
    bar("bfloat16 8192³, 0.97 of PyTorch", rg[half], 0.97 * peer[half], "GFLOP/s")
    bar("bfloat16 8192³ by rg's own kernel, 0.7 of PyTorch", rg["Own" half], 0.7 * peer[half], "GFLOP/s")
    copy = rg["Memory/copy"] > peer["Memory/copy"] ? rg["Memory/copy"] : peer["Memory/copy"]
    split("add relu gelu silu exp where softmax layernorm rmsnorm", names, " ")
    for (i = 1; i in names; i++)
        bar(names[i] ", 0.9 of the bandwidth of a copy", rg["Memory/" names[i]], 0.9 * copy, "GB/s")
    split("forward both", names, " ")
    for (i = 1; i in names; i++)
        for (d = 64; d <= 128; d *= 2) {
            attention = "Attention/" names[i] "/bfloat16/" d
            bar("attention, " names[i] ", bfloat16, heads of " d ", as PyTorch", rg[attention], peer[attention], "GFLOP/s")
        }
    train = "GPT2/train"
    bar("training GPT-2 124M in bfloat16, as PyTorch", rg[train], peer[train], "tokens/s")
    bar("training GPT-2 124M in bfloat16, as torch.compile", rg[train], peer[train "/compiled"], "tokens/s")
    bar("training GPT-2 124M in bfloat16, as llm.c on an H100", rg[train], 460e3, "tokens/s")
    print ""
    print "| what | rg | PyTorch | ratio | unit |"
    print "|---|---|---|---|---|"
    for (i = 1; i <= n; i++) {
        key = name = order[i]
        sub(/^(Own|WithoutLt)/, "", key)
        row(name, rg[name], peer[key], unit[name])
        if (peer[key "/compiled"] > 0)
            row(name ", compiled", rg[name], peer[key "/compiled"], unit[name])
    }
    exit missed > 0
}
