#!/usr/bin/env bash
# Tests/Long/kills.sh PROGRAM [COUNT [SEED]]: starts COUNT (200) runs, kills a random rank of each, or the launcher, at
# a random time; some are killed again when they go on. Each is then gone on with at a random number of ranks, and must
# end with the bits of a run that was never interrupted. Prints how many did.
set -euo pipefail

program=$(realpath "${1:?"Tests/Long/kills.sh needs the path of cw-dist-train"}")
count=${2:-200}
RANDOM=${3:-1}

folder=$(mktemp -d)
cd "$folder"
export OMPI_MCA_rmaps_base_oversubscribe=1 OMPI_MCA_mpi_yield_when_idle=1
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
# Some seconds of training at any number of ranks, which move a slice of the parameters each.
# shellcheck disable=SC2054  # the commas are of the option
options=(synthetic:samples=8000,features=64 --hidden 2100 --dropout 0.1 --batch-size 128 --validation-fraction 0.2 --quiet
  --shards 8 --epochs 40 --checkpoint-every 37 --keep 2)

"$program" "${options[@]}" --run-dir whole
expected=$(sha256sum < whole/model.safetensors)
expected_metrics=$(sha256sum < whole/metrics.jsonl)

# run RANKS: goes on with the run, in the background; its launcher's process is $job.
run() {
  "${MPIRUN:-mpirun}" -np "$1" "$program" "${options[@]}" --run-dir run --resume auto 2> errors &
  job=$!
}

# await_step: waits until the job has written a checkpoint of its own, or has ended.
await_step() {
  while kill -0 "$job" 2> /dev/null; do
    [ -z "$(find run/checkpoints -name '*.safetensors' -newer mark 2> /dev/null)" ] || return 0
    sleep 0.02
  done
}

# kill_one: kills one of the job's processes, the launcher among them. A job that has ended already is not killed.
kill_one() {
  local processes
  mapfile -t processes < <(pgrep -x cw-dist-train -P "$job" || true; echo "$job")
  kill -9 "${processes[RANDOM % ${#processes[@]}]}" 2> /dev/null || return 0
  kills=$((kills + 1))
}

# gone: waits until no rank of the job is left, and fails when that takes more than 15 s. A rank is known by the folder
# that it runs in.
gone() {
  for _ in $(seq 150); do
    local left=0
    for process in $(pgrep -x cw-dist-train || true); do
      [ "$(readlink "/proc/$process/cwd" || true)" != "$folder" ] || left=1
    done
    [ "$left" = 1 ] || return 0
    sleep 0.1
  done
  return 1
}

same=0 kills=0 slow=0
for trial in $(seq "$count"); do
  rm -rf run
  for _ in $(seq $((1 + RANDOM % 3))); do
    touch mark
    run $((1 + RANDOM % 4))
    await_step
    sleep "0.$((RANDOM % 10))$((RANDOM % 10))"
    kill_one
    wait "$job" 2> /dev/null || true
    gone || slow=$((slow + 1))
  done
  status=0
  run $((1 + RANDOM % 5))
  wait "$job" || status=$?
  if [ "$status" = 0 ] && [ "$(sha256sum < run/model.safetensors)" = "$expected" ] \
    && [ "$(sha256sum < run/metrics.jsonl)" = "$expected_metrics" ]; then
    same=$((same + 1))
  else
    echo "kills: run $trial ended with $status and other bits; see $folder" >&2
    cat errors >&2
    cp -r run "run-$trial"
  fi
done
echo "kills: $same of $count runs, with $kills kills, ended with the bits of an uninterrupted one; $slow left ranks behind"
[ "$kills" -ge "$count" ] || { echo "kills: most runs had ended before they were killed" >&2; exit 1; }
[ "$same" = "$count" ] && [ "$slow" = 0 ] || exit 1
rm -rf "$folder"
