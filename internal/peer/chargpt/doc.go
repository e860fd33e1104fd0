// Chargpt trains the model of notebooks/02-char-gpt.ipynb twice, here and in PyTorch, from the same
// weights, on the same batches in the same order, and says whether they agree and which is faster.
//
//	go run ./internal/peer/chargpt -python venv/bin/python
//
// The Go half runs first and leaves what it began with in start.safetensors: the weights under their
// names, and every batch as numbers. train.py reads that, so that chance has no part in the
// comparison. Both are timed over whole steps (batch, forward, backward, clip, AdamW), evaluation
// apart, with the same number of threads.
//
// The program prints a table and writes the same as JSON; docs/performance.md quotes it. It ends with 1
// if the losses differ by more than 2 %.
package main
