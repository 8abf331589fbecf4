// Grafana's own linter for dashboards, at one version with the checksums of all that it is made of.
module dashboard-linter

go 1.26.3

require github.com/grafana/dashboard-linter v0.3.0

// It needs this module only for dashboards of the schema v2, which ours are not; the Go module proxy does not hand it out.
replace github.com/grafana/grafana/apps/dashboard => ./schema-v2

// As in its own go.mod, which counts only where it is the main module.
replace github.com/hashicorp/memberlist => github.com/grafana/memberlist v0.3.1-0.20251126142931-6f9f62ab6f86
