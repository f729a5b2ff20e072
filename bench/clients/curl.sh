#!/bin/sh
# curl, unchanged: URL, key and base come as arguments; each check that passed is printed.
set -eu
url=$1 key=$2 base=$3
ask() { curl --silent --show-error --fail-with-body --header "Authorization: Bearer $key" "$@"; }
json='Content-Type: application/json'
body='{"model": "desk", "seed": 0, "messages": [{"role": "user", "content": "hello"}]'
ask "$url/models" | grep --quiet '"desk"'
ask --header "$json" --data "$body}" "$url/chat/completions" | grep --quiet 'A plain answer.'
ask --no-buffer --header "$json" --data "$body, \"stream\": true}" "$url/chat/completions" | grep --quiet 'data: \[DONE\]'
printf '{"messages": [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}]}\n' > rows.jsonl
file=$(ask --form purpose=fine-tune --form file=@rows.jsonl "$url/files" | sed 's/.*"id":"\([^"]*\)".*/\1/')
job=$(ask --header "$json" --data "{\"model\": \"$base\", \"training_file\": \"$file\"}" "$url/fine_tuning/jobs" |
  sed 's/.*"id":"\(ftjob-[^"]*\)".*/\1/')
ask --request POST "$url/fine_tuning/jobs/$job/cancel" | grep --quiet '"cancelled"'
ask --request DELETE "$url/files/$file" | grep --quiet '"deleted":true'
! curl --silent --fail "$url/models" > /dev/null
echo '["models", "chat", "stream", "files", "fine-tuning", "keys"]'
