// The program in every image of the real-Engine suites: an HTTP server whose faults are its environment.
//
//	PORT           where it listens (8080)
//	VERSION        what `/` and `/health` say
//	STATUS         the code of /health (200)
//	LISTEN         http, https (see tls.go), tcp (accepts and says nothing) or none
//	REDIRECT       /health redirects there
//	HANG=1         /health never answers
//	CRASH=1        exits with 1 at once
//	START_DELAY_MS waits before it listens
//	DIE_AFTER_MS   exits with 1 after that
//	STOP_DELAY_MS  waits after SIGTERM before it exits (0)
//
// `/workload check` is a HEALTHCHECK: it fails where HEALTHCHECK is `unhealthy`, never ends where it is `hang`,
// fails while the file that HEALTH_FILE names holds `unhealthy`, and else asks /health.
package main

import (
	"fmt"
	"net"
	"net/http"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"syscall"
	"time"
)

func main() {
	if len(os.Args) > 1 && os.Args[1] == "check" {
		os.Exit(check())
	}
	if os.Getenv("CRASH") == "1" {
		fmt.Println("crashing, as asked")
		os.Exit(1)
	}
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, syscall.SIGTERM, syscall.SIGINT)
	if after := milliseconds("DIE_AFTER_MS"); after > 0 {
		time.AfterFunc(after, func() { os.Exit(1) })
	}
	go serve()
	<-stop
	time.Sleep(milliseconds("STOP_DELAY_MS"))
}

func serve() {
	time.Sleep(milliseconds("START_DELAY_MS"))
	switch os.Getenv("LISTEN") {
	case "none":
		return
	case "tcp":
		listener, err := net.Listen("tcp", ":"+port())
		for err == nil {
			_, err = listener.Accept()
		}
		fail(err)
	default:
		http.HandleFunc("/", say)
		http.HandleFunc("/health", health)
		http.HandleFunc("/env", environment)
		if os.Getenv("LISTEN") == "https" {
			fail(serveTLS())
		}
		fail(http.ListenAndServe(":"+port(), nil))
	}
}

func say(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, os.Getenv("VERSION")) }

func health(w http.ResponseWriter, r *http.Request) {
	if to := os.Getenv("REDIRECT"); to != "" {
		http.Redirect(w, r, to, http.StatusFound)
		return
	}
	if os.Getenv("HANG") == "1" {
		<-r.Context().Done()
		return
	}
	if code, err := strconv.Atoi(os.Getenv("STATUS")); err == nil {
		w.WriteHeader(code)
	}
	say(w, r)
}

// The values in Go's own quoting, a line each: what a container was given, to the byte.
func environment(w http.ResponseWriter, _ *http.Request) {
	for _, entry := range os.Environ() {
		fmt.Fprintf(w, "%q\n", entry)
	}
}

func check() int {
	switch os.Getenv("HEALTHCHECK") {
	case "unhealthy":
		return 1
	case "hang":
		time.Sleep(time.Hour)
	}
	if file := os.Getenv("HEALTH_FILE"); file != "" {
		text, _ := os.ReadFile(file)
		if strings.TrimSpace(string(text)) == "unhealthy" {
			return 1
		}
	}
	answer, err := http.Get("http://127.0.0.1:" + port() + "/health")
	if err != nil || answer.StatusCode != http.StatusOK {
		return 1
	}
	return 0
}

func port() string {
	if given := os.Getenv("PORT"); given != "" {
		return given
	}
	return "8080"
}

func milliseconds(name string) time.Duration {
	count, _ := strconv.Atoi(os.Getenv(name))
	return time.Duration(count) * time.Millisecond
}

func fail(err error) {
	fmt.Println(err)
	os.Exit(1)
}
