// What the parts of the stand-in share.
#pragma once
#include <cstddef>
#include <string>

typedef unsigned long long Pointer;

// Whether so many bytes from an address are within an allocation.
bool is_allocated(Pointer at, size_t bytes);

// Marks the text of a module whose kernels are in a library, and precedes its path.
inline const std::string LIBRARY = "// library ";

// Says on standard error what a call refuses, and gives its error.
int refused(int error, const std::string &what);
