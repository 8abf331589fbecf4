# What pint finds in the generated rules and we leave as it is.
checks {
  disabled = [
    # Records of objectives stand in the groups that Sloth gives them, and those of rare use in groups of their own. Groups run
    # side by side, so that a rule may read a record that is one evaluation old: of windows from 5 minutes on, nothing.
    "rule/dependency",
  ]
}

# What alerts must have besides.
rule {
  match { kind = "alerting" }
  label "severity" {
    severity = "bug"
    value    = "critical|warning|info"
    required = true
  }
  annotation "summary" {
    severity = "bug"
    value    = ".+\\."
    required = true
  }
  annotation "runbook_url" {
    severity = "bug"
    value    = ".+#synthetic[a-z]+"
    required = true
  }
}
