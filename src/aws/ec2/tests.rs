use proptest::prelude::*;

use super::*;
use crate::aws::http::tests::scripted::{Scripted, answer};
use crate::aws::service::Protocol;
use crate::aws::service::tests::connection;

pub(crate) fn ec2(url: &str) -> Ec2 {
    let mut connection = connection(url);
    connection.protocol = Protocol::Query { name: "ec2" };
    Ec2::new(connection, None)
}

/// A list with pages, as EC2's newer ones.
struct DescribeThings {
    next: Option<String>,
}

/// One of them: its id.
#[derive(Debug, PartialEq)]
struct Thing(String);

impl FromFields for Thing {
    fn from_fields(fields: Fields<'_>) -> Result<Self, Unreadable> {
        fields.required("thingId").map(Self)
    }
}

impl FromFields for Page<Thing> {
    fn from_fields(fields: Fields<'_>) -> Result<Self, Unreadable> {
        Self::read(fields, DescribeThings::SET)
    }
}

impl Ec2Request for DescribeThings {
    const ACTION: &'static str = "DescribeThings";
    const REPEATABLE: bool = true;
    type Response = Page<Thing>;

    fn write(&self, parameters: &mut Parameters) {
        parameters.set_some("NextToken", self.next.as_ref());
    }
}

impl Paged for DescribeThings {
    type Item = Thing;
    const SET: &'static str = "thingSet";

    fn set_next_token(&mut self, token: String) {
        self.next = Some(token);
    }
}

/// Something that is done, and must not be done twice.
struct MakeThing;

impl Ec2Request for MakeThing {
    const ACTION: &'static str = "MakeThing";
    const REPEATABLE: bool = false;
    type Response = Done;

    fn write(&self, _: &mut Parameters) {}
}

fn page(id: &str, next: &str) -> String {
    let body = format!(
        "<DescribeThingsResponse><thingSet><item><thingId>{id}</thingId></item></thingSet>\
         <nextToken>{next}</nextToken></DescribeThingsResponse>"
    );
    answer(200, &[], &body)
}

fn all(pages: &[String]) -> (Result<Vec<Thing>, AwsError>, Scripted) {
    let server = Scripted::answering(pages.iter().map(String::as_str));
    let all = ec2(&server.url).all(DescribeThings { next: None });
    (all, server)
}

fn refusal(code: &str) -> String {
    let body = format!("<Response><Errors><Error><Code>{code}</Code></Error></Errors></Response>");
    answer(400, &[], &body)
}

#[test]
fn unknown_elements_are_passed_over() {
    let body = "<DescribeRegionsResponse xmlns='x'><requestId>r</requestId><future><a/></future>\
                <regionInfo><item><regionName>one</regionName><optInStatus>x</optInStatus>\
                </item></regionInfo></DescribeRegionsResponse>";
    let server = Scripted::answering([answer(200, &[], body)]);

    let regions = ec2(&server.url).call(&DescribeRegions::default()).unwrap();

    let want = Region {
        region_name: "one".to_owned(),
        region_endpoint: None,
    };
    assert_eq!(regions, [want]);
}

#[test]
fn pages_are_followed_to_the_end() {
    let (things, server) = all(&[page("a", "t/1"), page("b", "t2"), page("c", "")]);

    let ids: Vec<String> = things.unwrap().into_iter().map(|thing| thing.0).collect();
    assert_eq!(ids, ["a", "b", "c"]);
    let bodies: Vec<_> = server.seen().into_iter().map(|seen| seen.body).collect();
    let asked = "Action=DescribeThings&Version=2015-10-01";
    assert_eq!(bodies[0], asked.as_bytes());
    assert_eq!(bodies[1], format!("{asked}&NextToken=t%2F1").as_bytes());
    assert_eq!(bodies[2], format!("{asked}&NextToken=t2").as_bytes());
}

#[test]
fn a_list_of_too_many_items_is_refused_though_its_pages_are_short() {
    let items = "<item><thingId>a</thingId></item>".repeat(MAX_ITEMS / 2 + 1);
    let pages = ["t", "u"].map(|next| {
        let body = format!(
            "<DescribeThingsResponse><thingSet>{items}</thingSet><nextToken>{next}</nextToken>\
             </DescribeThingsResponse>"
        );
        answer(200, &[], &body)
    });

    let text = all(&pages).0.unwrap_err().to_string();

    assert!(text.contains("more than 1000000 items"), "{text}");
}

#[test]
fn pages_that_come_again_are_refused() {
    for pages in [
        vec![page("a", "t"), page("b", "t")],
        vec![page("a", "t"), page("b", "u"), page("c", "t")],
    ] {
        let (things, server) = all(&pages);

        let text = things.unwrap_err().to_string();
        assert!(text.contains("the page after t again"), "{text}");
        assert_eq!(server.seen().len(), pages.len());
    }
}

#[test]
fn answers_that_are_none_are_told_as_what_they_are() {
    for (body, said) in [
        ("<html><body>Welcome</body></html>", "<html>"),
        ("<DescribeImagesResponse/>", "<DescribeImagesResponse>"),
        ("<DescribeRegionsResponse>", "not closed"),
        ("", "there is no element"),
        ("{\"regions\": []}", "text outside the root element"),
        (
            "<!DOCTYPE x [<!ENTITY a \"&a;&a;\">]><DescribeRegionsResponse>&a;\
             </DescribeRegionsResponse>",
            "a document type",
        ),
        (
            "<DescribeRegionsResponse><regionInfo><item/></regionInfo></DescribeRegionsResponse>",
            "<item> without <regionName>",
        ),
    ] {
        let server = Scripted::answering([answer(200, &[], body)]);

        let error = ec2(&server.url).call(&DescribeRegions::default());

        let error = error.unwrap_err();
        assert!(matches!(error, AwsError::Answer { .. }), "{body}: {error}");
        assert!(error.to_string().contains(said), "{said}: {error}");
    }
}

#[test]
fn an_unreadable_answer_to_what_is_done_once_says_that_it_may_have_been_done() {
    let server = Scripted::answering([answer(200, &[], "<html>Welcome</html>")]);

    let error = ec2(&server.url).call(&MakeThing).unwrap_err();

    assert!(error.leaves_open());
    assert!(error.to_string().contains("may have been done"), "{error}");
}

#[test]
fn names_of_a_root_are_cut_in_errors() {
    let name = "x".repeat(5000);

    let error = read::<DescribeRegions>(format!("<{name}/>").as_bytes()).unwrap_err();

    assert_eq!(error.found.len(), 82);
}

#[test]
fn huge_answers_are_not_read_to_their_end() {
    let head = "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 99999999999\r\n\r\n";
    let mut bytes = head.as_bytes().to_vec();
    bytes.resize(bytes.len() + MAX_ANSWER + (1 << 20), b' ');
    let server = Scripted::answering([bytes]);

    let error = ec2(&server.url).call(&DescribeRegions::default());

    let text = error.unwrap_err().to_string();
    assert!(text.contains("more than 67108864 bytes"), "{text}");
}

#[test]
fn eucalyptus_roots_have_a_prefix_or_are_types() {
    for root in [
        "DescribeRegionsResponse",
        "euca:DescribeRegionsResponse",
        "DescribeRegionsResponseType",
        "euca:DescribeRegionsResponseType",
    ] {
        for list in ["item", "member", "euca:item"] {
            let body = format!(
                "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<{root} xmlns:euca=\"http://\
                 msgs.eucalyptus.com\"><regionInfo><{list}><regionName>Walrus</regionName>\
                 </{list}></regionInfo></{root}>"
            );
            let regions = read::<DescribeRegions>(body.as_bytes()).unwrap();
            assert_eq!(regions[0].region_name, "Walrus");
        }
    }
}

#[test]
fn what_is_done_is_said_in_several_ways() {
    for (body, want) in [
        ("<return>true</return>", Some(true)),
        ("<return>false</return>", Some(false)),
        ("<euca:_return>false</euca:_return>", Some(false)),
        ("<return>TRUE</return>", Some(true)),
        ("", Some(true)),
        ("<return>perhaps</return>", None),
    ] {
        let body = format!("<MakeThingResponse>{body}</MakeThingResponse>");
        let done = read::<MakeThing>(body.as_bytes()).ok();
        assert_eq!(done.map(|done| done.0), want, "{body}");
    }
}

#[test]
fn a_dry_run_is_granted_or_refused() {
    for (code, granted) in [("DryRunOperation", true), ("UnauthorizedOperation", false)] {
        let server = Scripted::answering([refusal("DryRunOperation"), refusal(code)]);

        let checked = ec2(&server.url).check(&MakeThing);

        assert_eq!(checked.is_ok(), granted, "{code}");
        let seen = server.seen();
        let asked = b"Action=MakeThing&Version=2015-10-01&DryRun=true";
        assert_eq!(seen[1].body, asked);
    }
}

#[test]
fn a_service_that_does_not_know_dry_runs_is_not_asked_to_do_it() {
    let regions = answer(200, &[], "<DescribeRegionsResponse/>");
    let server = Scripted::answering([regions]);

    let text = ec2(&server.url).check(&MakeThing).unwrap_err().to_string();

    assert!(
        text.contains("does not know dry runs, and was not asked"),
        "{text}"
    );
    let seen = server.seen();
    assert_eq!(seen.len(), 1);
    assert!(seen[0].body.starts_with(b"Action=DescribeRegions&"));
}

#[test]
fn a_service_that_knows_dry_runs_of_some_actions_only_is_told() {
    let done = answer(200, &[], "<MakeThingResponse/>");
    let server = Scripted::answering([refusal("DryRunOperation"), done]);

    let text = ec2(&server.url).check(&MakeThing).unwrap_err().to_string();

    assert!(text.ends_with("and has done it"), "{text}");
}

#[test]
fn amazon_gets_its_own_version_of_the_api() {
    for (url, version) in [
        ("https://ec2.eu-west-1.amazonaws.com", AMAZON_VERSION),
        ("https://ec2.cn-north-1.amazonaws.com.cn", AMAZON_VERSION),
        ("https://ec2.eu-west-1.api.aws", AMAZON_VERSION),
        ("https://ec2.amazonaws.com.example", OTHERS_VERSION),
        ("http://10.0.0.1:8773/services/compute", OTHERS_VERSION),
    ] {
        assert_eq!(ec2(url).version, version, "{url}");
    }
    let given = Ec2::new(connection("http://h"), Some("2010-08-31".to_owned()));
    assert_eq!(given.version, "2010-08-31");
}

#[test]
fn a_service_certificate_is_known_by_its_sha256() {
    let body = "<DescribeServiceCertificatesResponse><serviceCertificates><item>\
                <serviceType>compute</serviceType><certificateUsage>image-bundling\
                </certificateUsage><certificate>-----BEGIN</certificate>\
                <certificateFingerprint>01:FF</certificateFingerprint></item>\
                </serviceCertificates></DescribeServiceCertificatesResponse>";
    let mut found = read::<DescribeServiceCertificates>(body.as_bytes()).unwrap();
    let mut told = found.remove(0);
    let digest = [0xab; 32];

    assert!(told.is_for_bundles());
    assert_eq!(told.has_sha256(digest), Some(false));
    told.fingerprint = Some("AB:".repeat(31) + "AB");
    assert_eq!(told.has_sha256(digest), Some(true));
    told.fingerprint_digest = Some("SHA-1".to_owned());
    assert_eq!(told.has_sha256(digest), None);
    told.fingerprint = None;
    assert_eq!(told.has_sha256(digest), None);
}

proptest! {
    #[test]
    fn no_bytes_make_the_readers_panic(
        bytes in proptest::collection::vec(any::<u8>(), 0..200),
        inside in "[<>/&;a-z ]{0,40}",
        name in "(regionInfo|availabilityZoneInfo|item|regionName|nextToken|messageSet)",
    ) {
        let in_root = |action: &str| {
            format!(
                "<{action}Response><{name}>{inside}</{name}><item>{inside}</item>\
                 </{action}Response>"
            )
        };
        let _ = read::<DescribeRegions>(&bytes);
        let _ = read::<DescribeRegions>(in_root("DescribeRegions").as_bytes());
        let zones = in_root("DescribeAvailabilityZones");
        let _ = read::<DescribeAvailabilityZones>(zones.as_bytes());
        let _ = read::<DescribeThings>(in_root("DescribeThings").as_bytes());
        let certificates = in_root("DescribeServiceCertificates");
        let _ = read::<DescribeServiceCertificates>(certificates.as_bytes());
    }
}
