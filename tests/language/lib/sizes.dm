const width = 8
const unused_by_this_spec = 1
