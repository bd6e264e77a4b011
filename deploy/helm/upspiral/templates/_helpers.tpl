{{/* Labels of everything. */}}
{{- define "upspiral.labels" -}}
app.kubernetes.io/name: upspiral
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- end }}

{{/* By what the pods of one part are found: a list of the root and the part's name. */}}
{{- define "upspiral.selector" -}}
app.kubernetes.io/name: upspiral
app.kubernetes.io/instance: {{ (index . 0).Release.Name }}
app.kubernetes.io/component: {{ index . 1 }}
{{- end }}

{{/* The pod of one process: a dictionary of root, part, command, port and resources. */}}
{{- define "upspiral.pod" -}}
securityContext:
  runAsNonRoot: true
  runAsUser: 10001
  runAsGroup: 10001
  fsGroup: 10001
  seccompProfile: {type: RuntimeDefault}
automountServiceAccountToken: false
terminationGracePeriodSeconds: 60
containers:
  - name: {{ .part }}
    image: "{{ .root.Values.image.repository }}:{{ .root.Values.image.tag }}"
    imagePullPolicy: {{ .root.Values.image.pullPolicy }}
    args: {{ .command | toJson }}
    env:
      - name: UPSPIRAL_DATA
        value: /srv/upspiral
      - name: POD_IP  # under which Prometheus calls
        valueFrom:
          fieldRef: {fieldPath: status.podIP}
      - name: UPSPIRAL_SERVER_HOSTS
        value: {{ concat .root.Values.hosts (list "$(POD_IP)" .root.Release.Name (printf "%s.%s.svc" .root.Release.Name .root.Release.Namespace)) | toJson | quote }}
      - name: UPSPIRAL_DATABASE_URL
        valueFrom:
          secretKeyRef: {name: {{ .root.Values.databaseSecret }}, key: url}
      {{- with .root.Values.installationSecret }}
      - name: UPSPIRAL_SECRET
        valueFrom:
          secretKeyRef: {name: {{ . }}, key: secret}
      {{- end }}
      {{- range $name, $value := .root.Values.settings }}
      - name: {{ $name }}
        value: {{ $value | quote }}
      {{- end }}
    {{- with .root.Values.providerKeysSecret }}
    envFrom:
      - secretRef: {name: {{ . }}}
    {{- end }}
    {{- if .port }}
    ports:
      - {name: http, containerPort: {{ .port }}}
    startupProbe:
      exec: {command: {{ include "upspiral.health" .port }}}
      periodSeconds: 5
      failureThreshold: 60
    readinessProbe:
      exec: {command: {{ include "upspiral.health" .port }}}
      periodSeconds: 10
      timeoutSeconds: 6
    livenessProbe:
      tcpSocket: {port: http}
      periodSeconds: 20
      failureThreshold: 6
    {{- end }}
    resources: {{ .resources | toJson }}
    securityContext:
      allowPrivilegeEscalation: false
      readOnlyRootFilesystem: true
      capabilities: {drop: ["ALL"]}
    volumeMounts:
      - {name: data, mountPath: /srv/upspiral}
      - {name: tmp, mountPath: /tmp}
volumes:
  - name: data
    persistentVolumeClaim: {claimName: {{ .root.Release.Name }}-data}
  - name: tmp
    emptyDir: {}
{{- end }}

{{/* A probe from inside: the server answers by its loopback name alone, whatever its pod's address is. */}}
{{- define "upspiral.health" -}}
["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:{{ . }}/health', timeout=5)"]
{{- end }}
