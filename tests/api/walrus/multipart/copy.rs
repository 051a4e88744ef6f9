//! Parts made of objects that are there.

use super::{LEAST, begin, blobs, complete, data, part_target, sweep, upload};
use crate::support::walrus::on_every_backend;

#[test]
fn parts_are_copied_whole_and_by_ranges_across_pieces() {
    on_every_backend(|api| {
        let alice = api.alice();
        alice.put("/from").expect(200);
        alice.put("/copies").expect(200);
        let first = data(5, LEAST);
        let id = begin(alice, "/from/a%2Bb");
        let one = upload(alice, "/from/a%2Bb", &id, 1, &first);
        let two = upload(alice, "/from/a%2Bb", &id, 2, b"0123456789");
        complete(alice, "/from/a%2Bb", &id, &[(1, &one), (2, &two)]);
        let whole = [&first[..], b"0123456789"].concat();

        let id = begin(alice, "/copies/k");
        let copy = |number, range: Option<&str>| {
            let call = alice.put(&part_target("/copies/k", &id, number));
            let call = call.header("x-amz-copy-source", "/from/a%2Bb");
            match range {
                None => call,
                Some(range) => call.header("x-amz-copy-source-range", range),
            }
        };
        let etag_of = |number, range| copy(number, range).expect(200).texts("ETag").remove(0);
        let all = etag_of(1, None);
        let last = whole.len() - 1;
        let middle = format!("bytes={}-{}", LEAST - 3, LEAST + 2);
        let some = etag_of(2, Some(&middle));
        copy(3, Some(&format!("bytes=0-{}", last + 1))).refused("InvalidRange");
        copy(3, Some("bytes=5-")).refused("InvalidArgument");
        complete(alice, "/copies/k", &id, &[(1, &all), (2, &some)]);

        let want = [&whole[..], &whole[LEAST - 3..LEAST + 3]].concat();
        assert!(alice.get("/copies/k").expect(200).body == want);
        alice.delete("/from/a%2Bb").expect(204);
        sweep(api);
        assert_eq!(blobs(api), 2, "the copies share nothing with their source");
        assert!(alice.get("/copies/k").expect(200).body == want);
    });
}

#[test]
fn a_source_has_conditions_and_has_to_be_there() {
    on_every_backend(|api| {
        let alice = api.alice();
        alice.put("/bkt1").expect(200);
        alice.put("/bkt1/source").body("hello").expect(200);
        api.bob().put("/bobs").expect(200);
        api.bob().put("/bobs/secret").body("secret").expect(200);
        let id = begin(alice, "/bkt1/k");
        let copy = |source: &str| {
            let call = alice.put(&part_target("/bkt1/k", &id, 1));
            call.header("x-amz-copy-source", source)
        };
        let etag = "\"5d41402abc4b2a76b9719d911017c592\"";
        let if_match = "x-amz-copy-source-if-match";

        copy("bkt1/source")
            .header(if_match, "\"0\"")
            .refused("PreconditionFailed");
        copy("bkt1/source")
            .header("x-amz-copy-source-if-none-match", etag)
            .refused("PreconditionFailed");
        copy("bkt1/missing").refused("NoSuchKey");
        copy("bkt1/source?versionId=x").refused("NoSuchVersion");
        copy("missing/source").refused("NoSuchBucket");
        copy("source").refused("InvalidArgument");
        copy("bobs/secret").refused("AccessDenied");
        assert_eq!(blobs(api), 2, "what was refused leaves nothing");

        let copied = copy("bkt1%2Fsource").header(if_match, etag).expect(200);
        assert_eq!(copied.texts("ETag"), [etag]);
        copy("bkt1/source?versionId=null").expect(200);
    });
}
