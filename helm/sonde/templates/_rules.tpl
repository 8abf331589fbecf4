{{/*
files/monitoring.yaml, which `sonde generate` made for a prober `each-prober` and a service `each-service` with the hops
`edge` and `inner`, under the names of this release's prober and runbook.
*/}}
{{- define "sonde.generatedRules" -}}
{{- $runbook := printf "%s#" .Values.monitoring.prometheusRule.runbookUrl -}}
{{- .Files.Get "files/monitoring.yaml" | replace "each-prober" .Values.prober.name | replace "runbook.md#" $runbook -}}
{{- end -}}

{{/* The prober's configuration, or what stands for it where the chart does not know it. */}}
{{- define "sonde.watched" -}}
{{- if include "sonde.makesConfig" . -}}
{{- include "sonde.proberConfig" . -}}
{{- else -}}
{{- dict "targets" list "paths" list "slo" list | toYaml -}}
{{- end -}}
{{- end -}}

{{- define "sonde.watchingGroups" -}}
{{- $config := include "sonde.watched" . | fromYaml -}}
{{- $groups := list -}}
{{- range (include "sonde.generatedRules" . | fromYaml).watching -}}
  {{- $rules := include "sonde.rules" (list .rules $config $.Values.prober.name) | fromYamlArray -}}
  {{- if $rules -}}{{- $groups = append $groups (dict "name" .name "rules" $rules) -}}{{- end -}}
{{- end -}}
{{- toYaml $groups -}}
{{- end -}}

{{/* Those of each service with an objective; of others, in prober.config.extra, `sonde generate` makes them. */}}
{{- define "sonde.objectiveGroups" -}}
{{- $isWatched := include "sonde.makesConfig" . -}}
{{- $objectives := (include "sonde.generatedRules" . | fromYaml).objectives -}}
{{- range include "sonde.services" . | fromJsonArray -}}
  {{- if and $isWatched .path.enabled .objective -}}
    {{- $outermost := include "sonde.outermost" . -}}
    {{- get $objectives (toString .objective) | toYaml | replace "each-service/edge" $outermost | replace "each-service" .name }}
{{ end -}}
{{- end -}}
{{- end -}}

{{/* Takes (rules, config, job): instead of what is said of `each-service`, what is to be said of this configuration. */}}
{{- define "sonde.rules" -}}
{{- $config := index . 1 -}}
{{- $job := index . 2 -}}
{{- $inner := include "sonde.innerHops" $config -}}
{{- $rules := list -}}
{{- range $rule := index . 0 -}}
  {{- $instance := dig "labels" "instance" "" $rule -}}
  {{- if eq $instance "each-service/edge" -}}
    {{- $rules = concat $rules (include "sonde.expected" (list $rule.record $config $job) | fromYamlArray) -}}
  {{- else if ne $instance "each-service/inner" -}}
    {{- $expr := $rule.expr | replace "each-service/inner" $inner -}}
    {{- $rules = append $rules (set (deepCopy $rule) "expr" $expr) -}}
  {{- end -}}
{{- end -}}
{{- toYaml $rules -}}
{{- end -}}

{{/* Takes (record, config, job): a series for each target, there whether or not anything watches it. */}}
{{- define "sonde.expected" -}}
{{- $record := index . 0 -}}
{{- $config := index . 1 -}}
{{- $job := index . 2 -}}
{{- $rules := list -}}
{{- range $target := $config.targets -}}
  {{- $labels := mergeOverwrite (deepCopy (.labels | default dict)) (dict "job" $job "instance" .name) -}}
  {{- $rules = append $rules (dict "record" $record "expr" (include "sonde.intervalVector" .) "labels" $labels) -}}
{{- end -}}
{{- range $path := $config.paths -}}
  {{- range $hop := .hops -}}
    {{- $own := dict "job" $job "instance" (printf "%s/%s" $path.name .name) "path" $path.name "hop" .name -}}
    {{- $labels := mergeOverwrite (deepCopy ($path.labels | default dict)) $own -}}
    {{- $rules = append $rules (dict "record" $record "expr" (include "sonde.intervalVector" $path) "labels" $labels) -}}
  {{- end -}}
{{- end -}}
{{- toYaml $rules -}}
{{- end -}}

{{- define "sonde.intervalVector" -}}
vector({{ include "sonde.seconds" (.interval | default "30s") }})
{{- end -}}

{{/* As an alternative of a PromQL regexp. What fails inside is told of the path. */}}
{{- define "sonde.innerHops" -}}
{{- $hops := list -}}
{{- range $path := .paths -}}
  {{- range rest .hops -}}
    {{- $hops = append $hops (printf "%s/%s" $path.name .name | regexQuoteMeta | replace "\\" "\\\\" | replace "\"" "\\\"") -}}
  {{- end -}}
{{- end -}}
{{- join "|" $hops -}}
{{- end -}}
