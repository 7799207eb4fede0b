#!/usr/bin/env bash
# Tests/Long/stream.sh PROGRAM [GIGABYTES [RANKS]]: predicts a table of GIGABYTES (10), plain and through a pipe, and a
# small one, on RANKS (2): the most memory of a rank must be the same, and little, and every row have its prediction, in
# both the same. Then the same with a tenth as much of short rows that become thousands of features each. The tables are
# made for it, and deleted.
set -euo pipefail
# What fails within $(…) ends the script, too.
shopt -s inherit_errexit

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
with open("long.csv", "w") as file:
    for row in range(100_000):
        label = random.choice("abc")
        numbers = ",".join(f"{random.gauss(ord(label) - 97, 2):.4f}" for _ in range(20))
        file.write(f"{numbers},{random.choice(['red', 'green', 'blue', ''])},{label}\n")
with open("short.csv", "w") as file:
    for row in range(400_000):
        # Each level comes early: 20,000 rows have all of them.
        levels = [row % 1000 if row < 10_000 else random.randrange(1000) for _ in range(3)]
        file.write(",".join(f"c{level}" for level in levels) + f",{'ab'[levels[1] // 500]}\n")
PY

fail() { echo "stream: $*" >&2; exit 1; }

# predict RUN DATA OUTPUT: prints the most KiB that a rank had in memory, its file's pages among them.
predict() {
  # shellcheck disable=SC2016  # each rank's shell is to expand it
  "${MPIRUN:-mpirun}" -np "$ranks" bash -c '/usr/bin/env python3 -c "
import os, resource, sys
status = os.spawnv(os.P_WAIT, sys.argv[1], sys.argv[1:])
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss, file=sys.stderr)
sys.exit(status)" "$0" "$@"' "$program" predict "$1" "$2" --quiet 2> memory > "$3" || fail "predict: $(cat memory)"
  sort -n memory | tail -1
}

# compare NAME COLUMNS GIGABYTES [OPTION of train …]: with the rows of NAME.csv, of which 20,000 are trained on.
compare() {
  local name=$1 columns=$2 bytes=$3 rows copies small large piped lines most
  rows=$(wc -l < "$name.csv")
  copies=$((bytes / $(stat -c %s "$name.csv") + 1))
  { echo "$columns"; head -20000 "$name.csv"; } > train.csv
  "$program" train.csv --recipe plain --epochs 1 --quiet --run-dir "$name" "${@:4}"
  { echo "$columns"; cat "$name.csv"; } > small.csv
  small=$(predict "$name" small.csv predictions)
  { echo "$columns"; for _ in $(seq "$copies"); do cat "$name.csv"; done; } > large.csv
  SECONDS=0
  large=$(predict "$name" large.csv predictions)
  echo "stream: $name rows: $(stat -c %s large.csv) bytes, $((copies * rows)) rows in $SECONDS s on $ranks ranks"
  echo "stream: most memory of a rank: $small KiB for $(stat -c %s small.csv) bytes, $large KiB for the large table"
  lines=$(wc -l < predictions)
  [ "$lines" -eq $((copies * rows + 1)) ] || fail "$lines lines"
  # Through a pipe a round is of smaller pieces.
  piped=$(predict "$name" - piped < large.csv)
  echo "stream: $piped KiB where it comes through a pipe"
  lines=$(wc -l < piped)
  [ "$lines" -eq $((copies * rows + 1)) ] || fail "$lines lines through a pipe"
  cmp predictions piped || fail "what comes through a pipe has other predictions"
  # Some buffers grow for a while, and the system maps a file in larger pieces when it is read for long.
  for most in "$large" "$piped"; do
    [ "$most" -lt $((small + 32768)) ] || fail "memory grew"
    # All features of a piece of short rows would take gigabytes.
    [ "$most" -lt 262144 ] || fail "$most KiB are too much for a few rows at a time"
  done
  rm predictions piped large.csv
}

compare long "$(seq -f 'x%g' -s, 1 20),color,kind" $((gigabytes * 1000000000))
compare short one,two,three,kind $((gigabytes * 100000000)) --max-one-hot 1000 --header yes
