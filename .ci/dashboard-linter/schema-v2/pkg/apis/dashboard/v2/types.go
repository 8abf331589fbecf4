// Package v2 stands in for Grafana's own: dashboard-linter needs its names to compile, and reads it only for dashboards
// of the schema v2, which ours are not.
package v2

type (
	DashboardSpec struct {
		Title       string
		Editable    *bool
		Elements    map[string]DashboardElement
		Variables   []DashboardVariableKind
		Annotations []DashboardAnnotationQueryKind
	}
	DashboardElement   struct{ PanelKind *DashboardPanelKind }
	DashboardPanelKind struct{ Spec DashboardPanelSpec }
	DashboardPanelSpec struct {
		Id          float64
		Title       string
		Description string
		VizConfig   struct {
			Group string
			Spec  struct{ FieldConfig, Options any }
		}
		Data struct {
			Spec struct{ Queries []DashboardPanelQueryKind }
		}
	}
	DashboardPanelQueryKind struct {
		Spec struct {
			RefId  string
			Hidden bool
			Query  DashboardDataQueryKind
		}
	}
	DashboardDataQueryKind struct {
		Group      string
		Datasource *struct{ Name *string }
		Spec       map[string]any
	}
	DashboardAnnotationQueryKind struct {
		Spec struct {
			Name  string
			Query DashboardDataQueryKind
		}
	}
	DashboardVariableRefresh string
	queryVariable            struct {
		Spec struct {
			Name     string
			Label    *string
			Multi    bool
			AllValue *string
			Refresh  DashboardVariableRefresh
			Query    DashboardDataQueryKind
		}
	}
	variable struct {
		Spec struct {
			Name     string
			Label    *string
			Multi    bool
			AllValue *string
			Refresh  DashboardVariableRefresh
			PluginId string
			Query    string
		}
	}
	DashboardVariableKind struct {
		QueryVariableKind                                                                      *queryVariable
		DatasourceVariableKind, CustomVariableKind, IntervalVariableKind, ConstantVariableKind *variable
		TextVariableKind, AdhocVariableKind, GroupByVariableKind, SwitchVariableKind           *variable
	}
)

const (
	DashboardVariableRefreshOnTimeRangeChanged DashboardVariableRefresh = "onTimeRangeChanged"
	DashboardVariableRefreshOnDashboardLoad    DashboardVariableRefresh = "onDashboardLoad"
)
