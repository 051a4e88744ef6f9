//! Calls that would do harm when they are made twice; and what is put right for EC2.

use super::query::{call, describe, ec2, refusal, run_instances};
use super::*;
use crate::aws::credentials::Renewing;

#[test]
fn a_call_whose_reply_is_lost_is_not_made_again() {
    for reply in [
        "",
        "HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nabc",
        "nonsense",
    ] {
        let (result, server) = call(&run_instances(), &[reply.to_owned(), good()], |_| {});

        let error = result.unwrap_err();
        assert!(
            matches!(error, AwsError::Undecided { .. }),
            "{reply}: {error}"
        );
        assert!(error.to_string().contains("may have been done"), "{error}");
        assert_eq!(server.seen().len(), 1, "{reply}");
    }
}

#[test]
fn a_reply_that_does_not_come_leaves_the_call_undecided() {
    let server = Scripted::new([vec![Step::Read, Step::Wait]]);
    let mut connection = ec2(&server.url);
    let options = HttpOptions {
        stall_timeout: Duration::from_millis(60),
        ..HttpOptions::default()
    };
    connection.http = HttpClient::new(options, Arc::new(|| false)).unwrap();

    let result = Service::new(connection).call_whole(&run_instances(), 1000);

    let error = result.unwrap_err();
    assert!(matches!(error, AwsError::Undecided { .. }), "{error}");
    assert_eq!(server.seen().len(), 1);
}

#[test]
fn who_stops_waiting_for_the_reply_is_told_that_it_may_have_been_done() {
    for (call, is_open) in [(run_instances(), true), (describe(), false)] {
        let server = Scripted::new([vec![Step::Read, Step::Wait]]);
        let mut connection = ec2(&server.url);
        // When the request begins the user does not want to stop yet.
        let asked = Arc::new(AtomicU32::new(0));
        let stop = move || asked.fetch_add(1, Ordering::Relaxed) > 0;
        connection.http = HttpClient::new(HttpOptions::default(), Arc::new(stop)).unwrap();

        let error = Service::new(connection)
            .call_whole(&call, 1000)
            .unwrap_err();

        assert_eq!(error.leaves_open(), is_open, "{error}");
        assert_eq!(matches!(error, AwsError::Interrupted), !is_open, "{error}");
    }
}

#[test]
fn who_stops_before_anything_was_sent_is_told_nothing_of_it() {
    let mut connection = ec2("http://127.0.0.1:1");
    connection.http = HttpClient::new(HttpOptions::default(), Arc::new(|| true)).unwrap();

    let error = Service::new(connection).call_whole(&run_instances(), 1000);

    assert!(matches!(error, Err(AwsError::Interrupted)));
}

#[test]
fn such_a_call_does_not_trust_a_connection_that_was_kept_open() {
    let kept = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";
    // The first connection ends when the second request has come, before it is looked at.
    let server = Scripted::new([
        vec![Step::Read, Step::Send(kept.into()), Step::Read],
        vec![Step::Read, Step::Send(answer(200, &[], "ok").into())],
    ]);
    let service = Service::new(ec2(&server.url));

    service.call_whole(&describe(), 1000).unwrap();
    let result = service.call_whole(&run_instances(), 1000);

    assert!(result.is_ok(), "{}", result.unwrap_err());
    assert_eq!(server.seen().len(), 2);
}

#[test]
fn an_answer_without_end_says_that_it_may_have_been_done() {
    for (call, is_open) in [(run_instances(), true), (describe(), false)] {
        let server = Scripted::answering([answer(200, &[], "a long answer")]);

        let error = Service::new(ec2(&server.url))
            .call_whole(&call, 5)
            .unwrap_err();

        assert_eq!(error.leaves_open(), is_open, "{error}");
        assert_eq!(error.to_string().contains("may have been done"), is_open);
    }
}

#[test]
fn without_a_connection_even_such_a_call_is_made_again() {
    // Nobody listens on port 1, so that all three attempts are refused.
    let result = Service::new(ec2("http://127.0.0.1:1")).call_whole(&run_instances(), 1000);

    let error = result.unwrap_err();
    assert!(
        matches!(error, AwsError::Transport { attempts: 3, .. }),
        "{error}"
    );
}

#[test]
fn what_was_turned_away_before_it_began_is_asked_again() {
    for busy in [
        answer(503, &["retry-after: 0"], &refusal("RequestLimitExceeded")),
        answer(503, &[], &refusal("Unavailable")),
        answer(400, &[], &refusal("Throttling")),
        answer(400, &[], &refusal("EC2ThrottledException")),
        answer(429, &[], "slower!"),
    ] {
        let (result, server) = call(&run_instances(), &[busy.clone(), good()], |_| {});

        assert!(result.is_ok(), "{busy}: {}", result.unwrap_err());
        assert_eq!(server.seen().len(), 2);
    }
}

#[test]
fn a_failure_that_leaves_doubt_is_told_and_not_repeated() {
    for failed in [
        answer(500, &[], &refusal("InternalError")),
        answer(502, &[], "<html>bad gateway"),
        answer(504, &[], "<html>no answer from upstream"),
        answer(503, &[], "<html>upstream reset before headers"),
        answer(200, &[], &refusal("InternalError")),
    ] {
        let (result, server) = call(&run_instances(), &[failed.clone(), good()], |_| {});

        let error = result.unwrap_err();
        assert!(matches!(error, AwsError::Doubtful(_)), "{failed}: {error}");
        assert!(
            error
                .to_string()
                .ends_with("it may have been done all the same")
        );
        assert_eq!(server.seen().len(), 1);
        let (result, _server) = call(&describe(), &[failed.clone(), good()], |_| {});
        assert!(result.is_ok(), "a list is asked for again after {failed}");
    }
}

#[test]
fn a_lack_of_capacity_is_a_no_whatever_its_status() {
    let lacks = answer(500, &[], &refusal("InsufficientInstanceCapacity"));
    for request in [run_instances(), describe()] {
        let (result, server) = call(&request, std::slice::from_ref(&lacks), |_| {});

        assert!(matches!(result.unwrap_err(), AwsError::Service(_)));
        assert_eq!(server.seen().len(), 1);
    }
}

#[test]
fn the_servers_word_how_long_to_wait_is_kept() {
    let policy = connection("http://127.0.0.1:1");
    let now = Timestamp(NOW);
    let asked = |text| wait::asked_for(text, now);

    assert_eq!(asked("7"), Some(Duration::from_secs(7)));
    assert_eq!(
        asked("Sat, 21 Nov 2026 06:22:01 GMT"),
        Some(Duration::from_secs(10))
    );
    assert_eq!(asked("Sat, 21 Nov 2026 06:00:00 GMT"), Some(Duration::ZERO));
    assert_eq!(asked("99999999"), Some(Duration::from_mins(1)));
    assert_eq!(asked("soon"), None);
    assert_eq!(wait::time(&policy, 1, asked("7")), Duration::from_secs(7));
}

/// A server whose clock is so many seconds ahead refuses with this code, then agrees.
fn skewed(code: &str, date: &str) -> (Result<Answer, AwsError>, Scripted) {
    let header = format!("date: {date}");
    let refused = answer(401, &[&header], &refusal(code));
    call(&run_instances(), &[refused, good()], |_| {})
}

#[test]
fn ec2s_words_for_a_wrong_clock_are_understood_by_the_date() {
    for code in [
        "AuthFailure",
        "SignatureDoesNotMatch",
        "RequestExpired",
        "RequestInTheFuture",
        "InvalidSignatureException",
    ] {
        let (result, server) = skewed(code, "Sat, 21 Nov 2026 08:21:51 GMT");

        assert!(result.is_ok(), "{code}");
        let second = server.seen().remove(1);
        assert_eq!(second.header("x-amz-date"), Some("20261121T082151Z"));
    }
}

#[test]
fn the_same_words_from_a_clock_that_agrees_are_final() {
    for code in ["AuthFailure", "SignatureDoesNotMatch", "RequestExpired"] {
        let (result, server) = skewed(code, "Sat, 21 Nov 2026 06:30:00 GMT");

        assert!(result.unwrap_err().is_code(code));
        assert_eq!(server.seen().len(), 1);
    }
}

#[test]
fn a_corrected_clock_is_not_blamed_again() {
    let date = "date: Sat, 21 Nov 2026 08:21:51 GMT";
    let wrong = || answer(401, &[date], &refusal("AuthFailure"));
    let server = Scripted::answering([wrong(), wrong(), wrong()]);
    let service = Service::new(ec2(&server.url));

    service.call_whole(&describe(), 1000).unwrap_err();
    assert_eq!(server.seen().len(), 2);
    service.call_whole(&describe(), 1000).unwrap_err();

    assert_eq!(server.seen().len(), 3);
}

#[test]
fn a_clock_is_corrected_by_a_day_at_most() {
    let day = i64::try_from(MAX_CLOCK_OFFSET).unwrap();
    for (offset, requests) in [(day, 2), (day + 1, 1), (-day, 2), (-day - 1, 1)] {
        let time = Timestamp(NOW + offset).iso8601();
        let said = error(
            "RequestTimeTooSkewed",
            &format!("<ServerTime>{time}</ServerTime>"),
        );
        let (result, server) = run(&put("abc"), &[answer(403, &[], &said), good()]);

        assert_eq!(server.seen().len(), requests, "{offset}");
        if let Err(error) = result {
            let told = error.service().unwrap().clock_offset;
            assert!(told.is_none_or(|told| told == offset), "{told:?}");
        }
    }
}

#[test]
fn temporary_keys_that_ec2_calls_expired_are_renewed() {
    let fetched = Arc::new(AtomicU32::new(0));
    let count = Arc::clone(&fetched);
    let provider = Renewing::new(move |_| {
        let number = count.fetch_add(1, Ordering::Relaxed);
        Ok(Credentials {
            session_token: Some(format!("token{number}").into()),
            expires: Some(Timestamp(NOW + 3600)),
            ..credentials("AKID")
        })
    });
    let expired = answer(400, &[], &refusal("RequestExpired"));

    let (result, server) = call(&run_instances(), &[expired, good()], |connection| {
        connection.credentials = Some(Arc::new(provider));
    });

    result.unwrap();
    let tokens = server.seen();
    let tokens: Vec<_> = tokens
        .iter()
        .map(|seen| seen.header("x-amz-security-token"))
        .collect();
    assert_eq!(tokens, [Some("token0"), Some("token1")]);
}
