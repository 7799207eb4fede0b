#!/usr/bin/env bash
# Tests/Long/slurm.sh PROGRAM: runs launch/slurm.sbatch on a real Slurm on this one machine, in some four
# minutes. Asserts that interrupted runs queue again, go on, and end with the bits of an uninterrupted one.
# Needs root and apt-get (slurm-wlm, munge); elsewhere it says "skipped". All its files are in a temporary
# folder, which is kept when a check fails.
# shellcheck disable=SC2317  # functions are called by name: by check, await and trap
set -euo pipefail
program=$(realpath "${1:?"usage: Tests/Long/slurm.sh PROGRAM"}")
cd "$(dirname "$0")/../.."
batch=$PWD/launch/slurm.sbatch

[ "$(id -u)" -eq 0 ] || { echo "skipped: a Slurm of its own needs root"; exit 0; }
if ! command -v slurmctld slurmd munged mungekey >/dev/null; then
  command -v apt-get >/dev/null || { echo "skipped: Slurm is missing, and there is no apt-get"; exit 0; }
  apt-get update -q >&2
  # No daemon of the packages may start.
  RUNLEVEL=1 DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends slurm-wlm munge >&2
fi
. launch/flags

work=$(mktemp -d /tmp/cw-slurm.XXXXXX)
chmod 755 "$work"
daemons=() jobs=() failed=0
finish() { # finish STATUS
  # Jobs would outlive their slurmd.
  if [ -n "$(squeue -h 2>/dev/null || true)" ]; then scancel "${jobs[@]}" || true; sleep 3; fi
  # The last first: slurmd, slurmctld, munged.
  for ((i = ${#daemons[@]} - 1; i >= 0; i--)); do
    kill "${daemons[i]}" 2>/dev/null || true
    wait "${daemons[i]}" 2>/dev/null || true
  done
  if [ "$1" = 0 ]; then rm -rf "$work"; else echo "slurm.sh: see $work" >&2; fi
}
trap 'finish $?' EXIT
trap 'exit 130' INT TERM

# await SECONDS COMMAND…: until it succeeds.
await() {
  local end=$((SECONDS + $1))
  shift
  until "$@"; do
    [ $SECONDS -lt $end ] || return 1
    sleep 0.5
  done
}
check() { # check TEXT COMMAND…
  if "${@:2}"; then echo "ok: $1"; else echo "FAILED: $1"; failed=1; fi
}

# ---- Slurm --------------------------------------------------------------------------------------------
host=$(hostname -s)
cores=$(nproc)
mkdir "$work/munge" "$work/state" "$work/spool"
cat >"$work/slurm.conf" <<CONF
ClusterName=test
SlurmctldHost=$host(127.0.0.1)
SlurmctldPort=16817
SlurmdPort=16818
SlurmUser=root
# cred_expire is also how long a requeued job waits; 120 s by default.
AuthInfo=socket=$work/munge/socket,cred_expire=5
SchedulerParameters=sched_interval=5,bf_interval=5
StateSaveLocation=$work/state
SlurmdSpoolDir=$work/spool
SlurmctldPidFile=$work/slurmctld.pid
SlurmdPidFile=$work/slurmd.pid
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SlurmdParameters=config_overrides
ReturnToService=2
NodeName=$host NodeAddr=127.0.0.1 CPUs=$((cores > 2 ? cores : 2)) State=UNKNOWN
PartitionName=test Nodes=ALL Default=YES MaxTime=INFINITE State=UP
CONF
export SLURM_CONF=$work/slurm.conf
mungekey --create --keyfile="$work/munge/key"
chown -R munge:munge "$work/munge"
setpriv --reuid=munge --regid=munge --clear-groups munged -F --key-file="$work/munge/key" \
  --socket="$work/munge/socket" --pid-file="$work/munge/pid" --seed-file="$work/munge/seed" \
  --log-file="$work/munge/log" >"$work/munged.out" 2>&1 &
daemons+=($!)
await 10 test -S "$work/munge/socket"
slurmctld -D >"$work/slurmctld.log" 2>&1 &
daemons+=($!)
slurmd -D -N "$host" >"$work/slurmd.log" 2>&1 &
daemons+=($!)
node_is_idle() { [ "$(sinfo -h -o %T 2>/dev/null)" = idle ]; }
await 30 node_is_idle
echo "Slurm $(sinfo --version | cut -d ' ' -f 2) runs"

# ---- What the checks are made of ----------------------------------------------------------------------
cd "$work"
# shellcheck disable=SC2054  # the commas are the option's
data=(synthetic:samples=20000,features=64 --hidden 256,256 --shards 8)
seconds() { date +%s.%N; }
plain() { # plain EPOCHS SEED: an uninterrupted run without Slurm, into reference-EPOCHS-SEED
  "$MPIRUN" -np 2 "$program" train "${data[@]}" --epochs "$1" --seed "$2" --run-dir "reference-$1-$2" --quiet
}
# So many epochs that a run lasts some 60 s here: the signal comes 5 to 35 s after a start.
plain 5 0
epochs=$(awk '/"samples_per_second"/ { print int(60 * $3 / 20000) + 1 }' reference-5-0/summary.json)
few=$((epochs / 3 + 1))
begin=$(seconds)
plain "$epochs" 0
echo "reference: $epochs epochs in $(echo "$begin $(seconds)" | awk '{ printf "%.0f", $2 - $1 }') s"

export CW_PROGRAM=$program
submit() { # submit SBATCH-OPTIONS… -- PROGRAM-OPTIONS…: sets job
  local options=()
  while [ "$1" != -- ]; do options+=("$1"); shift; done
  shift
  job=$(sbatch --parsable --output=%x-%j.out "${options[@]}" "$batch" "${data[@]}" --quiet "$@")
  jobs+=("$job")
}
field() { scontrol show job -o "$1" | tr ' ' '\n' | sed -n "s/^$2=//p"; } # field JOB NAME
is() { [ "$(field "$1" "$2")" = "$3" ]; }                                 # is JOB NAME VALUE
has_ended() { case $(field "$1" JobState) in COMPLETED | FAILED | CANCELLED | TIMEOUT | NODE_FAIL) ;; *) return 1 ;; esac; }
runs() { is "$1" JobState RUNNING; }
says() { grep -qs -- "$2" "$1"; } # says FILE TEXT
same_model() { # same_model RUN REFERENCE
  [ "$(sha256sum <"$1/model.safetensors")" = "$(sha256sum <"$2/model.safetensors")" ]
}
went_on() { # went_on NAME JOB RUN REFERENCE: the job was interrupted, and ended as if it had not been
  local name=$1 job=$2 output
  output=$(field "$job" StdOut)
  check "$name: the job ended" await 300 has_ended "$job"
  check "$name: the first start ended with 75, and queued again" says "$output" "after a checkpoint (75)"
  check "$name: another start completed" is "$job" JobState COMPLETED
  check "$name: it was the same job's" test "$(field "$job" Restarts)" -ge 1
  check "$name: the model has the bits of an uninterrupted run" same_model "$3" "$4"
}

# ---- mpirun, and the signal that Slurm sends by itself --------------------------------------------------
submit --job-name=mpirun --ntasks-per-node=2 --time=1 --signal=B:USR1@55 -- --epochs "$epochs"
await 120 says "mpirun-$job.out" "queueing again" || true
scontrol update JobId="$job" TimeLimit=30 || true  # one interruption is enough
went_on mpirun "$job" "runs/mpirun-$job" "reference-$epochs-0"

# ---- srun, signalled by hand ----------------------------------------------------------------------------
plain "$few" 0
if srun --quiet --mpi=pmix -n 2 "$program" train synthetic: --epochs 1 --run-dir probe --quiet; then
  export CW_LAUNCHER=srun
  submit --job-name=srun --ntasks-per-node=2 -- --epochs "$few"
  await 60 runs "$job"
  sleep 4
  scancel --signal=USR1 --batch "$job"
  went_on srun "$job" "runs/srun-$job" "reference-$few-0"

  submit --job-name=cancelled --ntasks-per-node=2 -- --epochs "$few"
  await 60 runs "$job"
  sleep 4
  scancel "$job"
  await 60 has_ended "$job" || true
  sleep 3
  check "srun: a cancelled job stays so" is "$job" JobState CANCELLED
  export CW_LAUNCHER=mpirun
else
  echo "skipped: srun --mpi=pmix does not start this program here"
fi

# ---- An array of seeds; the task that is signalled has the number of the whole array --------------------
submit --job-name=array --ntasks-per-node=1 --array=0-1 -- --epochs "$few"
await 60 runs "${job}_0"
await 60 runs "${job}_1"
sleep 4
scancel --signal=USR1 --batch "${job}_1"
plain "$few" 1
went_on "array, seed 1" "${job}_1" "runs/array-$job/seed-1" "reference-$few-1"
check "array, seed 0: the job ended" await 300 has_ended "${job}_0"
check "array, seed 0: it completed" is "${job}_0" JobState COMPLETED
check "array, seed 0: it never queued again" is "${job}_0" Restarts 0
check "array, seed 0: the model has the bits of a run of its own" same_model "runs/array-$job/seed-0" "reference-$few-0"
exit $failed
