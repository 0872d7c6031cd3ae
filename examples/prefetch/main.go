// Command prefetch stands for any program: its modules are what `gomod download` fetches.
package main

import (
	"fmt"

	"github.com/spf13/cobra"
	"github.com/spf13/viper"
)

func main() {
	command := &cobra.Command{
		Use: "prefetch",
		Run: func(*cobra.Command, []string) { fmt.Println(len(viper.AllSettings()), "settings") },
	}
	if err := command.Execute(); err != nil {
		panic(err)
	}
}
