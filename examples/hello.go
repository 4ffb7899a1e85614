package main

import (
	"fmt"
	"runtime"
)

func main() {
	fmt.Println("Hello from Go", runtime.Version())
}
