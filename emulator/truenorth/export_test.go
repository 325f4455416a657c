package truenorth

// Tests are of small networks, and are to run on as many threads as they ask for.
func init() { neuronsOfThread = 1 }
