// Package gonum registers the symbol tables of gonum and gonum/plot.
package gonum
