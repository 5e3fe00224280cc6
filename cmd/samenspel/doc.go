// SPDX-License-Identifier: EUPL-1.2

// Command samenspel is a node of an organisation in a Group of Federated
// Service Connectivity, and the tool to work with one.
//
// It owns nothing but the process: signals, arguments and the exit code. What
// the commands do is in package cli, where to start reading as well. Run
// samenspel help for a list; docs/cli.md is the same in one page.
package main
