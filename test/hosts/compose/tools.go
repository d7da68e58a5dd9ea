//go:build tools

// Package tools names the program that build-plugin.ts builds, so that go.mod and go.sum hold all of its parts.
package tools

import _ "github.com/docker/compose/v2/cmd"
