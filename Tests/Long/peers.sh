#!/usr/bin/env bash
# Tests/Long/peers.sh PROGRAM [RANKS]: what ranks do beside MPI, at 1,000 ranks: they start with 1,024 descriptors each,
# rank 0 knows all of them at a small part of a core, and one that is killed is named by one other, within a second.
#
# The ranks are stand-ins without MPI (Tests/RankProgram), which mpirun could not start so many of on a small machine.
set -euo pipefail

program=$(dirname "$(realpath "${1:?"usage: Tests/Long/peers.sh PROGRAM [RANKS]"}")")/rank-program
ranks=${2:-1000}
[ -x "$program" ] || { echo "Tests/Long/peers.sh: $program: not a program" >&2; exit 64; }
folder=$(mktemp -d)
processes=()

cleanUp() {
  trap - EXIT
  kill -KILL "${processes[@]}" 2>/dev/null || true
  rm -rf "$folder"
}
trap cleanUp EXIT
trap 'exit 130' INT TERM

fail() {
  echo "FAILED: $*"
  sort "$folder/log" | uniq -c | tail -n 20
  exit 1
}

# lines COUNT SECONDS: waits for so many lines that the ranks have written.
lines() {
  local deadline=$((SECONDS + $2))
  until [ "$(wc -l <"$folder/log")" -ge "$1" ]; do
    [ $SECONDS -lt $deadline ] || fail "no word of the ranks after $2 s"
    sleep 0.1
  done
}

ulimit -n 1024
touch "$folder/log"
for ((rank = 0; rank < ranks; rank++)); do
  "$program" stand-in "$rank" "$ranks" "$folder" >>"$folder/log" 2>&1 &
  processes+=($!)
  disown
done
lines 2 180
! grep -q sees "$folder/log" || fail "a rank is missed that is there"
sed 's/^/ok: /' "$folder/log"
for lost in $((ranks - 1)) 1; do
  before=$(wc -l <"$folder/log")
  kill -KILL "${processes[$lost]}"
  lines $((before + 1)) 10
  # Others would speak within the next second.
  sleep 1
  [ "$(grep -c "sees" "$folder/log")" = $((before - 1)) ] || fail "rank $lost is killed: not one rank speaks"
  tail -n 1 "$folder/log" | grep -q "ended(rank: $lost," || fail "rank $lost is killed, another is named"
  echo "ok: $(tail -n 1 "$folder/log")"
  # Whoever has spoken is gone; the first case is far from the root, and its goodbye keeps the others quiet.
done
touch "$folder/done"
