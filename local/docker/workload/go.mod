module longshore/workload

go 1.19
