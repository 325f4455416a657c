package noc

func NewCycle(c Config) (Model, error) { return Simple{}, nil }
