{{/* What all pods at their most take, in pods, cores and bytes, with the surge of a rolling update of each. */}}
{{- define "sonde.needed" -}}
{{- $needed := dict "pods" 0.0 -}}
{{- $workloads := list -}}
{{- range .services -}}
  {{- $most := int (ternary .autoscaling.maxReplicas .replicas .autoscaling.enabled) -}}
  {{- /* maxSurge: a quarter, which Kubernetes rounds up. */ -}}
  {{- $workloads = append $workloads (dict "pods" (add $most (div (add $most 3) 4)) "resources" .resources) -}}
{{- end -}}
{{- if include "sonde.hasProber" .root -}}
  {{- $workloads = append $workloads (dict "pods" (add1 (int .root.Values.prober.replicas)) "resources" .root.Values.prober.resources) -}}
{{- end -}}
{{- range $workload := $workloads -}}
  {{- $_ := set $needed "pods" (addf (get $needed "pods") .pods) -}}
  {{- range $side := list "requests" "limits" -}}
    {{- range $resource, $amount := get $workload.resources $side | default dict -}}
      {{- $key := printf "%s.%s" $side $resource -}}
      {{- $sum := mulf $workload.pods (include "sonde.quantity" $amount | float64) -}}
      {{- $_ := set $needed $key (addf (get $needed $key | default 0.0) $sum) -}}
    {{- end -}}
  {{- end -}}
{{- end -}}
{{- toYaml $needed -}}
{{- end -}}

{{/* A quantity of Kubernetes as a plain number. */}}
{{- define "sonde.quantity" -}}
{{- $text := toString . -}}
{{- $unit := regexFind "[A-Za-z]+$" $text -}}
{{- $factors := dict "" 1.0 "m" 0.001 "k" 1e3 "M" 1e6 "G" 1e9 "T" 1e12 "Ki" 1024.0 "Mi" 1048576.0 "Gi" 1073741824.0 "Ti" 1099511627776.0 -}}
{{- if not (and (hasKey $factors $unit) (regexMatch "^[0-9]+(\\.[0-9]+)?(e\\+?[0-9]+)?[A-Za-z]*$" $text)) -}}
{{- fail (printf "\n\n%q is no quantity that this chart understands; write a number with m, k, M, G, T, Ki, Mi, Gi, Ti or nothing, as in 250m or 256Mi\n" $text) -}}
{{- end -}}
{{- mulf (trimSuffix $unit $text | float64) (get $factors $unit) | printf "%f" -}}
{{- end -}}

{{/* Takes (resource, plain number). */}}
{{- define "sonde.readable" -}}
{{- $number := index . 1 -}}
{{- if contains "memory" (index . 0) -}}
{{- printf "%.0fMi" (divf $number 1048576 | ceil) -}}
{{- else -}}
{{- printf "%v" (round $number 3) -}}
{{- end -}}
{{- end -}}
