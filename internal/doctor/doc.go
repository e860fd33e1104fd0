// Package doctor looks at everything that rg needs on a machine and says what to do about what is
// missing.
//
// A check ends as ok, as a warning (something is slower or less convenient) or as broken (a thing
// that is needed does not work). Each one that isn't ok names its cure.
package doctor
