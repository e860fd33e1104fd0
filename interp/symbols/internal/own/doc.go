// Package own registers the symbol tables of rg's packages.
package own
