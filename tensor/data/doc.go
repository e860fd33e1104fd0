// Package data feeds models: datasets, and loaders that cut them into batches.
//
//	train, test := data.Digits()
//	loader := data.NewLoader(train, data.LoaderOptions{BatchSize: 64, Shuffle: true, Seed: 1})
//	for range 10 { // epochs
//		for loader.Next() {
//			x, y := loader.Batch() // (64, 64), (64,)
//			…
//		}
//	}
//
// A Dataset is anything with a length that returns examples by their numbers. Batches depend on the
// dataset, the options and the seed alone.
package data
