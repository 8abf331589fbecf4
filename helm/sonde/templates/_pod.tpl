{{/*
What the pods of both workloads have alike. Takes root, name, and of: the values of the service or the prober;
isPerNode: whether pods are also counted by node; hasToken: whether they may ask the Kubernetes API.
*/}}
{{- define "sonde.podSpec" -}}
serviceAccountName: {{ include "sonde.serviceAccountName" (list .name .of.serviceAccount) }}
automountServiceAccountToken: {{ .hasToken }}
enableServiceLinks: false
{{- with .root.Values.imagePullSecrets }}
imagePullSecrets:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .of.priorityClassName }}
priorityClassName: {{ . }}
{{- end }}
{{- with .of.nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .of.tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
# A name with two dots is asked as it is first.
dnsConfig:
  options: [{ name: ndots, value: "2" }]
affinity:
  {{- if .of.affinity }}
  {{- toYaml .of.affinity | nindent 2 }}
  {{- else }}
  podAntiAffinity:
    preferredDuringSchedulingIgnoredDuringExecution:
      - weight: 100
        podAffinityTerm:
          topologyKey: kubernetes.io/hostname
          labelSelector: { matchLabels: { {{ include "sonde.selector" .name }} } }
  {{- end }}
topologySpreadConstraints:
  {{- if .of.topologySpreadConstraints }}
  {{- toYaml .of.topologySpreadConstraints | nindent 2 }}
  {{- else }}
  {{- $name := .name }}
  {{- range ternary (list "topology.kubernetes.io/zone" "kubernetes.io/hostname") (list "topology.kubernetes.io/zone") .isPerNode }}
  - topologyKey: {{ . }}
    maxSkew: 1
    whenUnsatisfiable: ScheduleAnyway
    nodeTaintsPolicy: Honor
    labelSelector: { matchLabels: { {{ include "sonde.selector" $name }} } }
    matchLabelKeys: [pod-template-hash]
  {{- end }}
  {{- end }}
{{- end -}}

{{/* Takes (root, image). */}}
{{- define "sonde.containerImage" -}}
image: {{ include "sonde.image" . }}
{{- with (index . 1).pullPolicy }}
imagePullPolicy: {{ . }}
{{- end }}
{{- end -}}

{{/* Pod Security "restricted", and no file that it may write. */}}
{{- define "sonde.containerSecurity" -}}
securityContext:
  allowPrivilegeEscalation: false
  privileged: false
  readOnlyRootFilesystem: true
  capabilities: { drop: [ALL] }
{{- end -}}

{{/* Takes (liveness path, readiness path). At a quarter of a core the start takes seconds. */}}
{{- define "sonde.probes" -}}
startupProbe:
  httpGet: { path: {{ index . 0 | quote }}, port: http }
  periodSeconds: 2
  timeoutSeconds: 2
  failureThreshold: 30
livenessProbe:
  httpGet: { path: {{ index . 0 | quote }}, port: http }
  periodSeconds: 10
  timeoutSeconds: 5
  failureThreshold: 6
readinessProbe:
  httpGet: { path: {{ index . 1 | quote }}, port: http }
  periodSeconds: 5
  timeoutSeconds: 2
  failureThreshold: 2
{{- end -}}

{{/* Names, of whichever name server: in kube-system, on the node, or (5353) OpenShift's. */}}
{{- define "sonde.nameServers" -}}
- ports:
    - { port: 53, protocol: UDP }
    - { port: 53, protocol: TCP }
    - { port: 5353, protocol: UDP }
    - { port: 5353, protocol: TCP }
{{- end -}}
