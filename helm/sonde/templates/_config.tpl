{{/*
The prober's sonde.yml: prober.config, and of each service the path that its users' requests take. The names of Services
have no namespace, since they are in the prober's own.
*/}}
{{- define "sonde.proberConfig" -}}
{{- $given := .Values.prober.config -}}
{{- $paths := $given.paths -}}
{{- $slos := list -}}
{{- $scraped := list -}}
{{- range include "sonde.services" . | fromJsonArray -}}
  {{- if .path.enabled -}}
    {{- $paths = append $paths (include "sonde.path" . | fromYaml) -}}
    {{- if .objective -}}
      {{- $slos = append $slos (dict "name" .name "objective" .objective "targets" (list (include "sonde.outermost" .))) -}}
    {{- end -}}
  {{- end -}}
  {{- if .metrics.enabled -}}{{- $scraped = append $scraped (dict "name" .name "selector" (include "sonde.selector" .name | fromYaml)) -}}{{- end -}}
{{- end -}}
{{- $name := .Values.prober.name -}}
{{- $monitoring := dict
    "name" $name
    "job" $name
    "prober_service" (dict "name" $name "selector" (include "sonde.selector" $name | fromYaml))
    "labels" .Values.monitoring.labels
    "retention" .Values.monitoring.retention
    "services" $scraped -}}
{{- $config := dict "modules" $given.modules "targets" $given.targets "paths" $paths "slo" $slos "monitoring" $monitoring -}}
{{- mergeOverwrite $config (deepCopy ($given.extra | default dict)) | toYaml -}}
{{- end -}}

{{/* The users' request, asked at each place that it passes. */}}
{{- define "sonde.path" -}}
{{- $service := include "sonde.serviceUrl" . -}}
name: {{ .name }}
url: {{ printf "%s%s" (include "sonde.url" .) .path.request | quote }}
module: {{ .path.module }}
interval: {{ .path.interval }}
hops:
  {{- if include "sonde.hasEdge" . }}
  - name: edge
  - name: service
    address: {{ $service }}
  {{- else }}
  - name: service
  {{- end }}
  - name: pod
    address: http://{{ .name }}-pods:{{ .app.port }}
    addresses: all
{{- end -}}

{{/* The hop where users arrive, as the prober names it. */}}
{{- define "sonde.outermost" -}}
{{- printf "%s/%s" .name (first (include "sonde.path" . | fromYaml).hops).name -}}
{{- end -}}

{{/* Takes a time as in 1h30m, gives whole seconds. */}}
{{- define "sonde.seconds" -}}
{{- $units := dict "d" 86400 "h" 3600 "m" 60 "s" 1 "ms" 0 -}}
{{- $seconds := 0 -}}
{{- range regexFindAll "[0-9]+[a-z]+" . -1 -}}
  {{- $seconds = add $seconds (mul (regexFind "[0-9]+" .) (get $units (regexFind "[a-z]+" .) | default 0)) -}}
{{- end -}}
{{- $seconds -}}
{{- end -}}
