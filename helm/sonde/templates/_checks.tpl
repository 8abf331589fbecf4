{{/*
What no schema can say. Every mistake at once, each with what to write; the installation stops at them.
*/}}
{{- define "sonde.checks" -}}
{{- $services := include "sonde.services" . | fromJsonArray -}}
{{- $mistakes := list -}}
{{- range $check := list "names" "ports" "edges" "scaling" "modules" "objectives" "blackbox" "namespace" -}}
  {{- $found := include (printf "sonde.checks.%s" $check) (dict "root" $ "services" $services) | fromYamlArray -}}
  {{- $mistakes = concat $mistakes $found -}}
{{- end -}}
{{- if $mistakes -}}
{{- fail (printf "\n\n%s\n" (join "\n" $mistakes)) -}}
{{- end -}}
{{- end -}}

{{/* Two objects of one name and kind, or an empty release. */}}
{{- define "sonde.checks.names" -}}
{{- $taken := dict -}}
{{- if include "sonde.hasProber" .root -}}
{{- $_ := set $taken .root.Values.prober.name "the prober" -}}
{{- end -}}
{{- range .services -}}
  {{- /* YAML takes some words for others. */ -}}
  {{- if or (not (regexMatch "^[a-z]([a-z0-9-]{0,48}[a-z0-9])?$" .name)) (has .name (list "true" "false" "yes" "no" "on" "off" "y" "n" "null")) }}
- {{ printf "name: %q is no name for a Service; write at most 50 small letters, digits and -, and no word such as yes or null, as in \"hello\"" .name | quote }}
  {{- end -}}
  {{- $names := list .name (printf "%s-pods" .name) (printf "%s-edge" .name) (printf "%s-redirect" .name) -}}
  {{- $clash := "" -}}
  {{- range $name := $names -}}{{- $clash = $clash | default (get $taken $name) -}}{{- end -}}
  {{- if $clash }}
- {{ printf "name: %q, or a name made of it, is already that of %s; write another%s" .name $clash (ternary ", or another prober.name" "" (eq $clash "the prober")) | quote }}
  {{- end -}}
  {{- $service := printf "the service %q" .name -}}
  {{- range $name := $names -}}{{- $_ := set $taken $name $service -}}{{- end -}}
{{- end -}}
{{- if not $taken }}
- "nothing to deploy: write app.enabled=true, prober.enabled=true, or both"
{{- end -}}
{{- end -}}

{{/* The hello service listens where its environment says; of another program nothing is known. */}}
{{- define "sonde.checks.ports" -}}
{{- range .services -}}
  {{- if and (eq (toJson .app.args) (toJson (list "service"))) (not .app.envFrom) -}}
    {{- $listens := get (.app.env | default dict) "PORT" | default "5000" -}}
    {{- if ne $listens (toString .app.port) }}
- {{ printf "app.port of %s is %v, and the hello service listens on %s; write app.env.PORT=%q, too, or the app.args of another program" .name .app.port $listens (toString .app.port) | quote }}
    {{- end -}}
  {{- end -}}
{{- end -}}
{{- end -}}

{{- define "sonde.checks.edges" -}}
{{- $hosts := dict -}}
{{- range .services -}}
  {{- $name := .name -}}
  {{- $isBalanced := eq .service.type "LoadBalancer" -}}
  {{- if and .ingress.enabled .gatewayApi.enabled }}
- {{ printf "%s has two edges; write ingress.enabled=false or gatewayApi.enabled=false" .name | quote }}
  {{- else if and .internal (or (include "sonde.hasEdge" .) $isBalanced) }}
- {{ printf "%s is internal and has an edge; write internal=false, or no edge: ingress.enabled=false, gatewayApi.enabled=false, service.type=ClusterIP" .name | quote }}
  {{- else if not (or .internal (include "sonde.hasEdge" .) $isBalanced) }}
- {{ printf "%s has no edge, so that no user reaches it; write ingress.enabled=true, gatewayApi.enabled=true or service.type=LoadBalancer, or internal=true if that is meant" .name | quote }}
  {{- end -}}
  {{- if include "sonde.hasEdge" . -}}
    {{- if not .ingress.hosts }}
- {{ printf "ingress.hosts of %s is empty; write the host that users ask for, as in ingress.hosts[0].host=hello.example.com" .name | quote }}
    {{- end -}}
    {{- $paths := list -}}
    {{- range .ingress.hosts -}}{{- $paths = append $paths (.paths | default list | toJson) | uniq -}}{{- end -}}
    {{- if and .gatewayApi.enabled (gt (len $paths) 1) }}
- {{ printf "ingress.hosts of %s have different paths, and an HTTPRoute has one set for all; write the same for each host" .name | quote }}
    {{- end -}}
    {{- range $index, $entry := .ingress.hosts -}}
      {{- if not (regexMatch "^([a-z0-9]([a-z0-9-]*[a-z0-9])?\\.)*[a-z0-9]([a-z0-9-]*[a-z0-9])?$" .host) }}
- {{ printf "ingress.hosts[%d].host of %s: found %q; write a host name without scheme, path and *, as in hello.example.com" $index $name .host | quote }}
      {{- else -}}
        {{- range .paths | default (list (dict "path" "/")) -}}
          {{- $place := printf "%s%s" $entry.host .path -}}
          {{- with get $hosts $place }}
- {{ printf "ingress.hosts[%d].host of %s: %s is already of %s; write another host or path" $index $name $place . | quote }}
          {{- end -}}
          {{- $_ := set $hosts $place $name -}}
        {{- end -}}
      {{- end -}}
    {{- end -}}
  {{- end -}}
{{- end -}}
{{- end -}}

{{- define "sonde.checks.scaling" -}}
{{- range .services -}}
  {{- $least := int (ternary .autoscaling.minReplicas .replicas .autoscaling.enabled) -}}
  {{- $key := ternary "autoscaling.minReplicas" "replicas" .autoscaling.enabled -}}
  {{- $kept := int .podDisruptionBudget.minAvailable -}}
  {{- if and .autoscaling.enabled (gt $least (int .autoscaling.maxReplicas)) }}
- {{ printf "autoscaling.minReplicas of %s is %d, over maxReplicas, which is %d; write at most %d, or autoscaling.maxReplicas=%d or more" .name $least (int .autoscaling.maxReplicas) (int .autoscaling.maxReplicas) $least | quote }}
  {{- else if and .podDisruptionBudget.enabled (ge $kept $least) }}
- {{ printf "podDisruptionBudget.minAvailable of %s is %d and %s is %d, so that no node could ever be drained; write %s=%d or more, or podDisruptionBudget.enabled=false" .name $kept $key $least $key (add1 $kept) | quote }}
  {{- end -}}
  {{- if ge (int .preStopSleepSeconds) (int .terminationGracePeriodSeconds) }}
- {{ printf "preStopSleepSeconds of %s is %d and terminationGracePeriodSeconds is %d, so that the container would never be told to end; write fewer, as in 5" .name (int .preStopSleepSeconds) (int .terminationGracePeriodSeconds) | quote }}
  {{- end -}}
{{- end -}}
{{- if and (include "sonde.hasProber" .root) .root.Values.prober.podDisruptionBudget.enabled (not .root.Values.prober.replicas) }}
- "prober.replicas is 0; write 1 or more, or prober.enabled=false"
{{- end -}}
{{- end -}}

{{/* A module that is asked for and not there would fail with each probe. */}}
{{- define "sonde.checks.modules" -}}
{{- if include "sonde.makesConfig" .root -}}
  {{- $config := include "sonde.proberConfig" .root | fromYaml -}}
  {{- $known := keys $config.modules | sortAlpha -}}
  {{- range $kind, $entries := dict "target" $config.targets "path" $config.paths -}}
    {{- range $entries -}}
      {{- $module := .module | default "http_2xx" -}}
      {{- if not (has $module $known) }}
- {{ printf "the %s %s has the module %q, which prober.config.modules does not have; write one of: %s" $kind .name $module (join ", " $known) | quote }}
      {{- end -}}
    {{- end -}}
  {{- end -}}
  {{- range $name, $module := $config.modules -}}
    {{- $timeout := kindIs "map" $module | ternary $module dict | dig "timeout" "" -}}
    {{- if not (kindIs "map" $module) }}
- {{ printf "prober.config.modules.%s: found %v; write a map, as in {prober: http}" $name $module | quote }}
    {{- else if not (kindIs "string" $timeout) }}
- {{ printf "prober.config.modules.%s.timeout: %v has no unit; add one, as in %vs" $name $timeout $timeout | quote }}
    {{- end -}}
  {{- end -}}
  {{- range $kind, $entries := dict "target" $config.targets "path" $config.paths -}}
    {{- range $entries -}}
      {{- $module := .module | default "http_2xx" -}}
      {{- $found := get $config.modules $module -}}
      {{- $timeout := kindIs "map" $found | ternary $found dict | dig "timeout" "" | toString -}}
      {{- $interval := .interval | default "30s" | toString -}}
      {{- if gt (include "sonde.seconds" $timeout | int) (include "sonde.seconds" $interval | int) }}
- {{ printf "the %s %s has the interval %s, which is shorter than the timeout of the module %q; write at least %s, or lower that timeout" $kind .name $interval $module $timeout | quote }}
      {{- end -}}
    {{- end -}}
  {{- end -}}
  {{- range .services -}}
    {{- if and .metrics.blackbox.enabled (not .metrics.blackbox.proberUrl) (not (has .metrics.blackbox.module $known)) }}
- {{ printf "metrics.blackbox.module of %s is %q, which prober.config.modules does not have; write one of: %s" .name .metrics.blackbox.module (join ", " $known) | quote }}
    {{- end -}}
  {{- end -}}
{{- end -}}
{{- end -}}

{{- define "sonde.checks.objectives" -}}
{{- $retention := .root.Values.monitoring.retention -}}
{{- if and (include "sonde.makesConfig" .root) (lt (include "sonde.seconds" $retention | int) 604800) -}}
  {{- range .services -}}
    {{- if and .path.enabled .objective }}
- {{ printf "objective of %s is kept over 7d, longer than monitoring.retention, which is %s; write 7d or more, or objective=null" .name $retention | quote }}
    {{- end -}}
  {{- end -}}
{{- end -}}
{{- end -}}

{{- define "sonde.checks.blackbox" -}}
{{- $hasProber := include "sonde.hasProber" .root -}}
{{- range $service := .services -}}
  {{- with .metrics.blackbox -}}
    {{- if .enabled -}}
      {{- $port := regexFind ":[0-9]+/?$" .proberUrl | trimAll ":/" -}}
      {{- $isAddress := regexMatch "^(https?://)?([A-Za-z0-9.-]+|\\[[0-9A-Fa-f:]+\\])(:[0-9]{1,5})?/?$" .proberUrl -}}
      {{- if and .proberUrl (not (and $isAddress (or (not $port) (and (ge (int $port) 1) (le (int $port) 65535))))) }}
- {{ printf "metrics.blackbox.proberUrl of %s: found %q; write http://host:port or host:port, without a path: /probe is added" $service.name .proberUrl | quote }}
      {{- end -}}
      {{- if gt (include "sonde.seconds" .scrapeTimeout | int) (include "sonde.seconds" .interval | int) }}
- {{ printf "metrics.blackbox.scrapeTimeout of %s: %s is longer than the interval, which is %s, and the Operator refuses that; write at most %s" $service.name .scrapeTimeout .interval .interval | quote }}
      {{- end -}}
      {{- if and (not .proberUrl) (not $hasProber) }}
- {{ printf "metrics.blackbox.proberUrl of %s is empty and this release has no prober; write it as in http://sonde.monitoring.svc:9115, or metrics.blackbox.createExporter=true" $service.name | quote }}
      {{- end -}}
      {{- if and (not .useProbe) (or .proberUrl (not $hasProber)) }}
- {{ printf "metrics.blackbox.useProbe=false of %s asks the pods of this release's prober; write metrics.blackbox.createExporter=true and no proberUrl, or useProbe=true" $service.name | quote }}
      {{- end -}}
    {{- end -}}
  {{- end -}}
{{- end -}}
{{- end -}}

{{- define "sonde.checks.namespace" -}}
{{- $namespace := .root.Values.namespace -}}
{{- if and $namespace.defaultDeny (eq .root.Release.Namespace .root.Values.monitoring.namespace) }}
- {{ printf "namespace.defaultDeny would cut off the Prometheus in the namespace %s; write namespace.defaultDeny=false, or install into a namespace of its own" .root.Release.Namespace | quote }}
{{- end -}}
{{- if $namespace.resourceQuota.enabled -}}
  {{- $needed := include "sonde.needed" . | fromYaml -}}
  {{- range $resource, $hard := $namespace.resourceQuota.hard -}}
    {{- if hasKey $needed $resource -}}
      {{- $most := include "sonde.quantity" $hard | float64 -}}
      {{- $need := get $needed $resource | float64 -}}
      {{- if gt $need $most }}
- {{ printf "namespace.resourceQuota.hard of %s is %v, and all pods at their most and in an update need %s; write that much, or namespace.resourceQuota.enabled=false" $resource $hard (include "sonde.readable" (list $resource $need)) | quote }}
      {{- end -}}
    {{- end -}}
  {{- end -}}
{{- end -}}
{{- end -}}
