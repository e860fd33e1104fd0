// A goroutine started and waited for.
package main

import "sync"

func run(n int) int {
	var wg sync.WaitGroup
	var mu sync.Mutex
	s := 0
	for i := 0; i < n; i++ {
		wg.Add(1)
		go func() {
			defer wg.Done()
			mu.Lock()
			s += i
			mu.Unlock()
		}()
		if i%100 == 99 {
			wg.Wait()
		}
	}
	wg.Wait()
	return s
}
