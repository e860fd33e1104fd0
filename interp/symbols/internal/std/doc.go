// Package std registers the symbol tables of the standard library. Files named after packages are
// generated; overrides.go replaces the functions that would end the session.
package std
