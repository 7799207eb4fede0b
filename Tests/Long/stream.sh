#!/usr/bin/env bash
# Tests/Long/stream.sh PROGRAM [GIGABYTES [RANKS]]: predicts a table of GIGABYTES (10), plain and through a pipe, and a
# small one, on RANKS (2): the most memory of a rank must be the same, and every row have its prediction. The table is
# made for it, and deleted.
set -euo pipefail

program=$(realpath "${1:?"Tests/Long/stream.sh needs the path of cw-dist-train"}")
gigabytes=${2:-10}
ranks=${3:-2}
export OMPI_MCA_rmaps_base_oversubscribe=1 OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 - <<'PY'
import random

random.seed(1)
with open("rows.csv", "w") as file:
    for row in range(100_000):
        label = random.choice("abc")
        numbers = ",".join(f"{random.gauss(ord(label) - 97, 2):.4f}" for _ in range(20))
        file.write(f"{numbers},{random.choice(['red', 'green', 'blue', ''])},{label}\n")
PY
names=$(seq -f 'x%g' -s, 1 20),color,kind
rows_bytes=$(stat -c %s rows.csv)
copies=$((gigabytes * 1000000000 / rows_bytes + 1))
{ echo "$names"; cat rows.csv; } > small.csv
"$program" small.csv --epochs 1 --quiet --run-dir run

# predict DATA: prints the most KiB that a rank had in memory, its file's pages among them.
predict() {
  # shellcheck disable=SC2016  # each rank's shell is to expand it
  "${MPIRUN:-mpirun}" -np "$ranks" bash -c '/usr/bin/env python3 -c "
import os, resource, sys
status = os.spawnv(os.P_WAIT, sys.argv[1], sys.argv[1:])
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss, file=sys.stderr)
sys.exit(status)" "$0" "$@"' "$program" predict run "$1" --quiet 2> memory > predictions
  sort -n memory | tail -1
}

small=$(predict small.csv)
{ echo "$names"; for _ in $(seq "$copies"); do cat rows.csv; done; } > large.csv
SECONDS=0
large=$(predict large.csv)
echo "stream: $(stat -c %s large.csv) bytes, $((copies * 100000)) rows in $SECONDS s on $ranks ranks"
echo "stream: most memory of a rank: $small KiB for $(stat -c %s small.csv) bytes, $large KiB for the large table"
lines=$(wc -l < predictions)
[ "$lines" -eq $((copies * 100000 + 1)) ] || { echo "stream: $lines lines" >&2; exit 1; }
rm predictions
# Through a pipe a round is of smaller pieces.
piped=$(predict - < large.csv)
echo "stream: $piped KiB where it comes through a pipe"
# Some buffers grow for a while, and the system maps a file in larger pieces when it is read for long.
for most in "$large" "$piped"; do
  [ "$most" -lt $((small + 32768)) ] || { echo "stream: memory grew" >&2; exit 1; }
done
