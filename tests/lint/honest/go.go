package main
import ("fmt"; "os"; "sync"; "time")
func main() { var w sync.WaitGroup; for i := 0; i < 4; i++ { w.Add(1); go func() { time.Sleep(time.Millisecond); w.Done() }() }; w.Wait()
 if f, err := os.Create("x"); err != nil { fmt.Println(err); os.Exit(1) } else { fmt.Fprintln(f, "x"); f.Close() }
 f, err := os.OpenFile("y", os.O_CREATE|os.O_WRONLY, 0644); if err != nil { fmt.Println(err); os.Exit(1) }; f.Close(); fmt.Println("ok") }
