#!/usr/bin/env bash
# Publishes a disk image from a pipeline: one machine image for each commit, the oldest removed.
# docs/ci.md explains every step.
#
#   IMAGE      the disk image                                    disk.img
#   BUCKET     bucket and prefix that bundles go to              images/web
#   FAMILY     what all names of these images begin with         web
#   VERSION    what this one's ends with: a commit, a date       1a2b3c
#   ARCH       its architecture                                  x86_64
#   SHARE      accounts that may run it; empty: none             111122223333,444455556666
#   KEEP       how many of the family stay                       3
#   RESULT     where the JSON result goes                        image.json
#
# Keys and endpoints come from the environment, as amikit doctor shows: AWS_ACCESS_KEY_ID,
# AWS_SECRET_ACCESS_KEY, EC2_URL, S3_URL; EC2_PRIVATE_KEY, EC2_CERT, EUCALYPTUS_CERT, EC2_USER_ID.
set -euo pipefail

: "${IMAGE:?}" "${BUCKET:?}" "${FAMILY:?}" "${VERSION:?}"
: "${ARCH:=x86_64}" "${SHARE:=}" "${KEEP:=3}" "${RESULT:=image.json}" "${AMIKIT:=amikit}"
name=$FAMILY-$VERSION

publish=("$AMIKIT" publish --output json --wait -i "$IMAGE" -n "$name" -b "$BUCKET/$VERSION"
  -p "$FAMILY" -r "$ARCH" --tag "family=$FAMILY" --tag "version=$VERSION")
[ -z "$SHARE" ] || publish+=(--share "$SHARE")

# 5: nobody answered in time; 7: some is done. The same command goes on where it ended.
for pause in 5 20 60 0; do
  code=0
  "${publish[@]}" > "$RESULT.new" || code=$?
  case $code in
    0) break ;;
    5 | 7) [ "$pause" = 0 ] || sleep "${PAUSE:-$pause}" ;;
    *) break ;;
  esac
done
case $code in
  0) mv "$RESULT.new" "$RESULT" ;;
  4) echo 'publish-in-ci: secrets are in the image, or something is damaged' >&2 ;;
  6) echo 'publish-in-ci: keys or configuration are missing: amikit doctor tells which' >&2 ;;
esac
[ "$code" = 0 ] || { rm -f "$RESULT.new"; exit "$code"; }

id=$(jq -r .image_id "$RESULT")
echo "published $id, $name: $(jq -r '"\(.sent) of \(.parts | length) parts sent"' "$RESULT")"

# What nobody needs any more: all of the family but the newest. First the image, then its bundle.
"$AMIKIT" describe-images --owner self --output json |
  jq -r --arg family "$FAMILY" --arg id "$id" --argjson keep "$KEEP" '
    [.images[] | select(any(.tags[]; .key == "family" and .value == $family))
      | select(.image_id != $id)]
    | sort_by(.creation_date) | reverse | .[$keep - 1:][]
    | [.image_id, (.tags[] | select(.key == "version").value)] | @tsv' |
  while IFS=$'\t' read -r old version; do
    "$AMIKIT" deregister "$old" < /dev/null > /dev/null
    "$AMIKIT" delete-bundle -b "$BUCKET/$version" -p "$FAMILY" --yes < /dev/null > /dev/null
    echo "removed $old, $FAMILY-$version"
  done
