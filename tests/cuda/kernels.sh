#!/bin/sh
# Compiles the kernels of a CUDA source for the host, into a library with a function `launch_NAME` for each:
#   kernels.sh SOURCE LIBRARY [FOLDER OF HEADERS]
set -e
here=$(cd "$(dirname "$0")" && pwd)
part=$2.$$
trap 'rm -f "$part".*' EXIT
${CXX:-c++} -std=c++20 -w -x c++ -P -E -include "$here/device.h" -I "$here" ${3:+-I "$3"} "$1" > "$part.plain.cpp"
names=$(grep -oE '__global__ void [A-Za-z0-9_]+' "$part.plain.cpp" | cut -d ' ' -f 3 | sort -u)
{
    sed 's/__global__//g' "$part.plain.cpp"
    for name in $names; do
        echo "extern \"C\" void launch_$name(void **parameters) { stand_in_call(&$name, parameters); }"
    done
} > "$part.cpp"
${CXX:-c++} -std=c++20 -O2 -w -fPIC -shared -fno-semantic-interposition -ffp-contract=off "$part.cpp" -o "$part.so"
mv "$part.so" "$2"
