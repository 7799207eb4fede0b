#!/usr/bin/env bash
# Trains on a PBS cluster (PBS Professional, OpenPBS), for longer than one walltime if need be. Start it by
# its name, on a login node; it calls qsub itself:
#   launch/pbs.sh DATA [train options …]
#   CW_ARRAY=0-4 launch/pbs.sh DATA …      # five seeds, each in a run folder of its own
# PBS sends no signal ahead of the end, and kills some seconds after it. So the program is told when to end
# with a checkpoint, and the job submits another that goes on from there. "qsig -s SIGUSR1 JOB" brings that
# about earlier, "qdel JOB" ends the training.
set -euo pipefail

# Edit these lines. One rank a core.
WALLTIME=04:00:00  # hours:minutes:seconds
RESERVE=180  # seconds of it that are kept for the last checkpoint
OPTIONS=(-N cw-dist-train -l select=1:ncpus=16:mpiprocs=16:ompthreads=1)  # -q QUEUE -A ACCOUNT
MODULES=()                                                                # (openmpi)
PROGRAM=${CW_PROGRAM:-cw-dist-train}
RUN_DIR=${CW_RUN_DIR:-runs/cw-dist-train-$(date +%Y%m%d-%H%M%S)-$$}

say() { echo "pbs.sh: $*"; }
self=$(realpath "$0")
# submit FAILURES [-J ARRAY] …: the job runs this file in a login shell, which knows 'module'.
submit() {
  local failures=$1
  shift
  qsub "${OPTIONS[@]}" -l "walltime=$WALLTIME" -j oe "$@" \
    -- /bin/bash -l "$self" --in-job "$failures" "$PROGRAM" "$RUN_DIR" "${train[@]}"
}

if [ "${1:-}" != --in-job ]; then
  train=("$@")
  [ $# -gt 0 ] || train=(synthetic:)
  case " ${train[*]} " in *" --run-dir"*) say "name the run folder by CW_RUN_DIR, not by --run-dir" >&2; exit 64 ;; esac
  submit 0 ${CW_ARRAY:+-J "$CW_ARRAY"}
  say "the run folder is $RUN_DIR"
  exit 0
fi

# From here on in the job.
failures=$2 PROGRAM=$3 RUN_DIR=$4
train=("${@:5}")
cd "$PBS_O_WORKDIR"
if [ -n "${PBS_ARRAY_INDEX:-}" ]; then
  RUN_DIR=$RUN_DIR/seed-$PBS_ARRAY_INDEX
  train+=(--seed "$PBS_ARRAY_INDEX")
fi
[ ${#MODULES[@]} -eq 0 ] || module load "${MODULES[@]}"
export OMP_NUM_THREADS=1
export OMPI_MCA_orte_execute_quiet=1  # mpirun adds no words of its own
# mpirun gives up on a host that is out of reach after 3 s and 4 more, not after minutes.
export OMPI_MCA_oob_tcp_keepalive_time=3 OMPI_MCA_oob_tcp_keepalive_intvl=1 OMPI_MCA_oob_tcp_keepalive_probes=4
IFS=: read -r hours minutes seconds <<<"$WALLTIME"
time=$((10#$hours * 3600 + 10#$minutes * 60 + 10#$seconds - RESERVE))
ranks=$(wc -l <"$PBS_NODEFILE")

say "job $PBS_JOBID, $ranks ranks, for $time s, in $RUN_DIR"
trap : USR1  # qsig signals this script too, which is to wait for mpirun
status=0
mpirun -np "$ranks" --hostfile "$PBS_NODEFILE" \
  "$PROGRAM" train "${train[@]}" --max-time "$time" --run-dir "$RUN_DIR" --resume auto || status=$?

case $status in
  0) exit 0 ;;
  75) say "stopped on request after a checkpoint (75)" ;;
  # 76 is the program's own; the launcher ends with the signal's code where it sees a killed rank first, and with
  # 205 or 1 where it has lost a host.
  76 | 1 | 13[0-9] | 205)
    say "a rank or a host failed ($status)"
    failures=$((failures + 1))
    [ "$failures" -le 3 ] || exit 76
    ;;
  *) say "ended with exit code $status"; exit "$status" ;;
esac
# qrerun would keep the job's number, but only operators may use it.
submit "$failures" || { say "to go on: CW_RUN_DIR=$RUN_DIR $self ${train[*]@Q}" >&2; exit "$status"; }
