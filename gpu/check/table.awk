# Prints the bars (absolute, and beside PyTorch in the same run) and all figures. Its input is peer.py's lines, NAME FIGURE UNIT,
# and those of Go's benchmarks: BenchmarkNAME-N TIMES TIME ns/op FIGURE UNIT. Exits with 1 if a bar is missed.

FILENAME ~ /peer/ { peer[$1] = $2; next }
/^Benchmark/ {
    name = $1
    sub(/^Benchmark/, "", name)
    sub(/-[0-9]+$/, "", name)
    for (i = 3; i < NF; i++)
        if ($(i + 1) ~ /^G/) {
            if (!(name in rg))
                order[++n] = name
            rg[name] = $i
            unit[name] = $(i + 1)
        }
}

function shown(x) { return x > 0 ? sprintf("%.1f", x) : "–" }

# bar prints a row: a figure, what it has to be, and their ratio. Without either there is none.
function bar(what, figure, wanted, u,    reached) {
    if (!(figure > 0) || !(wanted > 0)) {
        printf "| %s | %s | %s | – | not measured | %s |\n", what, shown(figure), shown(wanted), u
        return
    }
    reached = figure >= wanted
    missed += !reached
    printf "| %s | %.1f | %.1f | %.2f | %s | %s |\n", what, figure, wanted, figure / wanted, reached ? "reached" : "MISSED", u
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
    print ""
    print "| what | rg | PyTorch | ratio | unit |"
    print "|---|---|---|---|---|"
    for (i = 1; i <= n; i++) {
        key = name = order[i]
        sub(/^(Own|WithoutLt)/, "", key)
        ratio = peer[key] > 0 ? sprintf("%.2f", rg[name] / peer[key]) : "–"
        printf "| %s | %.1f | %s | %s | %s |\n", name, rg[name], shown(peer[key]), ratio, unit[name]
    }
    exit missed > 0
}
