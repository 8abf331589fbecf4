{{/* The services that are deployed, as a JSON list: each has all values that stand above `services:` in values.yaml. */}}
{{- define "sonde.services" -}}
{{- $usual := omit .Values "services" "prober" "monitoring" "imagePullSecrets" "podSecurityContext" "commonLabels" "commonAnnotations" "namespace" "global" -}}
{{- $services := list -}}
{{- range .Values.services | default (list dict) -}}
  {{- $service := mergeOverwrite (deepCopy $usual) . -}}
  {{- $_ := set $service "name" ($service.name | default $.Release.Name) -}}
  {{- if $service.app.enabled -}}{{- $services = append $services $service -}}{{- end -}}
{{- end -}}
{{- toJson $services -}}
{{- end -}}

{{/* Non-empty when it is deployed. */}}
{{- define "sonde.hasProber" -}}
{{- $wanted := .Values.prober.enabled -}}
{{- range include "sonde.services" . | fromJsonArray -}}
  {{- if and .metrics.blackbox.enabled .metrics.blackbox.createExporter -}}{{- $wanted = true -}}{{- end -}}
{{- end -}}
{{- if $wanted -}}true{{- end -}}
{{- end -}}

{{/* Non-empty when the chart makes its configuration. */}}
{{- define "sonde.makesConfig" -}}
{{- if and (include "sonde.hasProber" .) (not .Values.prober.existingConfigMap) -}}true{{- end -}}
{{- end -}}

{{/* Non-empty when users come by Ingress or Gateway. */}}
{{- define "sonde.hasEdge" -}}
{{- if or .ingress.enabled .gatewayApi.enabled -}}true{{- end -}}
{{- end -}}

{{/* The entry of ingress.hosts that users know the service by; empty where a check complains about it. */}}
{{- define "sonde.firstHost" -}}
{{- .ingress.hosts | default (list (dict "host" "")) | first | toYaml -}}
{{- end -}}

{{/* What users ask for. */}}
{{- define "sonde.url" -}}
{{- if include "sonde.hasEdge" . -}}
{{- $scheme := ternary "https" "http" (or .gatewayApi.enabled .ingress.tls.enabled) -}}
{{- printf "%s://%s" $scheme (include "sonde.firstHost" . | fromYaml).host -}}
{{- else -}}
{{- include "sonde.serviceUrl" . -}}
{{- end -}}
{{- end -}}

{{- define "sonde.serviceUrl" -}}
http://{{ .name }}{{ if ne (int .service.port) 80 }}:{{ .service.port }}{{ end }}
{{- end -}}

{{/* Takes (root, image). */}}
{{- define "sonde.image" -}}
{{- $image := index . 1 -}}
{{- if $image.digest -}}
{{- printf "%s@%s" $image.repository $image.digest -}}
{{- else -}}
{{- printf "%s:%s" $image.repository ($image.tag | default (index . 0).Chart.AppVersion) -}}
{{- end -}}
{{- end -}}

{{/* The image with Sonde in it, as JSON: of the prober and of `helm test`. */}}
{{- define "sonde.proberImage" -}}
{{- $image := .Values.prober.image -}}
{{- if not $image.repository -}}{{- $image = merge (pick $image "pullPolicy") .Values.image -}}{{- end -}}
{{- toJson $image -}}
{{- end -}}

{{/* Takes (name, serviceAccount). */}}
{{- define "sonde.serviceAccountName" -}}
{{- $account := index . 1 -}}
{{- $account.name | default (ternary (index . 0) "default" $account.create) -}}
{{- end -}}
