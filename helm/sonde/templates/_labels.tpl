{{/* Of every object. Takes (root, name, component); the last two may be empty. */}}
{{- define "sonde.labels" -}}
{{- $root := index . 0 -}}
{{- $labels := include "sonde.ownLabels" . | fromYaml -}}
{{- $helm := dict
    "app.kubernetes.io/version" (regexReplaceAll "[^A-Za-z0-9_.-]" $root.Chart.AppVersion "_")
    "app.kubernetes.io/managed-by" $root.Release.Service
    "helm.sh/chart" (printf "%s-%s" $root.Chart.Name $root.Chart.Version | replace "+" "_" | trunc 63) -}}
{{- mergeOverwrite (deepCopy ($root.Values.commonLabels | default dict)) $helm $labels | toYaml -}}
{{- end -}}

{{/* What does not change with the chart, so that an upgrade of it restarts no pod. */}}
{{- define "sonde.ownLabels" -}}
{{- $root := index . 0 -}}
{{- with index . 1 }}
app.kubernetes.io/name: {{ . }}
{{- end }}
{{- with index . 2 }}
app.kubernetes.io/component: {{ . }}
{{- end }}
app.kubernetes.io/part-of: {{ $root.Release.Name | quote }}
app.kubernetes.io/instance: {{ $root.Release.Name | quote }}
{{- end -}}

{{/*
The head of every object. Takes (root, object's name, labels' name, component, further annotations). Quoted, since a
release or a namespace may be called 42.
*/}}
{{- define "sonde.metadata" -}}
{{- $root := index . 0 -}}
metadata:
  name: {{ index . 1 | quote }}
  namespace: {{ $root.Release.Namespace | quote }}
  labels:
    {{- include "sonde.labels" (list $root (index . 2) (index . 3)) | nindent 4 }}
  {{- with mergeOverwrite (deepCopy ($root.Values.commonAnnotations | default dict)) (index . 4) }}
  annotations:
    {{- toYaml . | nindent 4 }}
  {{- end }}
{{- end -}}

{{- define "sonde.selector" -}}
app.kubernetes.io/name: {{ . }}
{{- end -}}
