#!/usr/bin/env bash
# Tests/Long/network.sh PROGRAM: trains on several hosts, and cuts a link in mid-training.
#
# The hosts are network namespaces of this machine, with host names of their own, on a switch of
# their own (a bridge in one more namespace): what is cut is a real link, and nothing of the
# machine's own network is touched. Needs root, iproute2 and Open MPI; without them it is skipped.
set -euo pipefail

program=$(realpath "${1:?"usage: Tests/Long/network.sh PROGRAM"}")
[ -x "$program" ] || { echo "Tests/Long/network.sh: $program: not a program" >&2; exit 64; }
secondsToEnd=60 # after a cut
hosts=(1 2 3)
prefix=cw$$
folder=

skip() { echo "skipped: $*"; exit 0; }

# fail REASON: with the last lines of the run that failed.
fail() {
  echo "FAILED: $*"
  [ ! -s "$folder/log" ] || tail -n 40 "$folder/log"
  exit 1
}

namespaces() { printf "$prefix-%s\n" switch "${hosts[@]/#/host}"; }

# Whatever runs in the namespaces was started from here.
processes() {
  local namespace
  for namespace in $(namespaces); do ip netns pids "$namespace" 2>/dev/null || true; done
}

cleanUp() {
  trap - EXIT
  local process namespace
  for process in $(processes); do kill -KILL "$process" 2>/dev/null || true; done
  for namespace in $(namespaces); do ip netns delete "$namespace" 2>/dev/null || true; done
  rm -rf "$folder"
}

makeHosts() {
  local host switch=$prefix-switch
  ip netns add "$switch" 2>/dev/null || skip "network namespaces cannot be made here"
  ip -n "$switch" link add bridge type bridge
  ip -n "$switch" link set bridge up
  for host in "${hosts[@]}"; do
    local namespace=$prefix-host$host
    ip netns add "$namespace"
    ip -n "$namespace" link add eth0 type veth peer name "port$host" netns "$switch"
    ip -n "$namespace" address add "10.77.0.$host/24" dev eth0
    ip -n "$namespace" link set eth0 up
    ip -n "$namespace" link set lo up
    ip -n "$switch" link set "port$host" master bridge up
  done
  # In the place of ssh: agent ADDRESS COMMAND…
  cat >"$folder/agent" <<EOF
#!/usr/bin/env bash
host=\${1##*.}
shift
exec ip netns exec "$prefix-host\$host" unshare --uts \\
  /bin/sh -c 'hostname "\$0"; eval "\$*"' "host\$host" "\$@"
EOF
  chmod +x "$folder/agent"
}

# link HOST up|down: the switch's end of the cable.
link() { ip -n "$prefix-switch" link set "port$1" "$2"; }

# Answers "connection refused", which takes no time, once the network forwards again.
waitForLink() {
  local deadline=$((SECONDS + 10))
  while [ $SECONDS -lt $deadline ]; do
    timeout 1 ip netns exec "$prefix-host1" bash -c "exec 3<>/dev/tcp/10.77.0.$1/9" 2>"$folder/refused" || true
    ! grep -q "refused" "$folder/refused" || return 0
    sleep 0.2
  done
  fail "host$1 does not answer again"
}

# train RANK_HOSTS DIRECTORY OPTION…: a job with a rank on each host, started on host1.
train() {
  local host list=
  for host in $1; do list+=${list:+,}10.77.0.$host:1; done
  "$folder/agent" 10.77.0.1 exec mpirun --quiet --host "$list" \
    --mca plm_rsh_agent "$folder/agent" --mca orte_keep_fqdn_hostnames 1 \
    --mca btl tcp,self --mca btl_tcp_if_include 10.77.0.0/24 --mca oob_tcp_if_include 10.77.0.0/24 \
    "$program" train --quiet --shards 6 --seed 3 --hidden 32 --run-dir "$folder/$2" "${@:3}" >"$folder/log" 2>&1
}

sameModel() { cmp -s "$folder/$1/model.safetensors" "$folder/$2/model.safetensors"; }

hash() { sha256sum "$folder/$1/model.safetensors" | cut -c 1-16; }

checkSameBits() {
  local list count
  for list in "1" "1 2" "1 2 3"; do
    count=$(wc -w <<<"$list")
    train "$list" "on-$count" synthetic:samples=3000 --epochs 20 || fail "the run on $count hosts ended with $?"
    [ "$(grep -o '"host[0-9]*"' "$folder/on-$count/summary.json" | sort -u | wc -l)" = "$count" ] ||
      fail "the run on $count hosts was on others"
    sameModel on-1 "on-$count" || fail "1 host: $(hash on-1), $count hosts: $(hash "on-$count")"
  done
  echo "ok: same bits on 1, 2 and 3 hosts: $(hash on-1)"
}

longRun=(synthetic:samples=20000 --epochs 400 --checkpoint-every 2000)

# Three hosts, so that one side of the cut has more than one.
checkCutLink() {
  local job status=0 start seconds message
  train "1 2 3" cut "${longRun[@]}" &
  job=$!
  waitForCheckpoint "$job"
  start=$SECONDS
  link 3 down
  while [ -n "$(processes)" ]; do
    [ $((SECONDS - start)) -lt $secondsToEnd ] ||
      fail "$secondsToEnd s after the cut there are still: $(ps -o comm= -p "$(processes | paste -sd,)" | paste -sd' ')"
    sleep 0.2
  done
  seconds=$((SECONDS - start))
  wait "$job" || status=$?
  [ $status != 0 ] || fail "the job with a cut link ended with 0"
  # What mpirun shows comes from its own side of the cut: the lost rank is the one beyond.
  message=$(grep -Em 1 "rank 2 .*host3" "$folder/log") ||
    fail "exit code $status $seconds s after the cut, but no message that names the lost rank 2 on host3"
  echo "ok: a cut link ended the job, on both sides, after $seconds s with exit code $status: $message"
}

waitForCheckpoint() {
  until compgen -G "$folder/cut/checkpoints/*.safetensors" >/dev/null; do
    kill -0 "$1" 2>/dev/null || fail "the run ended before its link was cut"
    sleep 0.1
  done
}

checkResume() {
  link 3 up
  waitForLink 3
  [ ! -e "$folder/cut/model.safetensors" ] || fail "the run had ended before its link was cut"
  train "1 2 3" cut "${longRun[@]}" --resume auto || fail "the resumed run ended with $?"
  train "1" whole "${longRun[@]}" || fail "the uninterrupted run ended with $?"
  sameModel cut whole || fail "resumed: $(hash cut), uninterrupted: $(hash whole)"
  echo "ok: resumed with the link up again, same bits as uninterrupted: $(hash cut)"
}

[ "$(id -u)" = 0 ] || skip "only root can make network namespaces"
for tool in ip unshare; do command -v $tool >/dev/null || skip "needs $tool (iproute2, util-linux)"; done
mpirun --version 2>/dev/null | grep -q "Open MPI" || skip "needs Open MPI's mpirun"

folder=$(mktemp -d)
trap cleanUp EXIT
trap 'exit 130' INT TERM
# Three ranks on the cores of one machine, as root; mpirun's own files where they are removed.
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 OMPI_MCA_mpi_yield_when_idle=1 TMPDIR=$folder
# mpirun and its daemons see an unreachable host by keepalive probes alone, after 3 s and 4 more.
# It has to be before a rank gives up: with the news of an ended rank under way, TCP sends no
# probes but repeats the news, for a quarter of an hour, and mpirun waits as long.
export OMPI_MCA_oob_tcp_keepalive_time=${OMPI_MCA_oob_tcp_keepalive_time:-3}
export OMPI_MCA_oob_tcp_keepalive_intvl=${OMPI_MCA_oob_tcp_keepalive_intvl:-1}
export OMPI_MCA_oob_tcp_keepalive_probes=${OMPI_MCA_oob_tcp_keepalive_probes:-4}

makeHosts
checkSameBits
checkCutLink
checkResume
