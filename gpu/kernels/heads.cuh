// Where the operands of attention lie.
#pragma once
#include "nest.cuh"

enum { Q, K, V, OUT, G, DQ, DK, DV, OPERANDS };

// Heads is where operands lie: axes in front of the heads, then steps along heads, rows and columns, of each.
struct Heads {
    Nest<OPERANDS> front;
    int64_t head[OPERANDS], row[OPERANDS], column[OPERANDS];
    int64_t heads, group, queries, keys; // group: heads of queries that share one of keys
    int64_t depth, width;                // columns of queries and keys, and of values
    double scale;
    int64_t causal; // query i sees keys up to i
};
