use proptest::prelude::{ProptestConfig, any, prop_assert_eq, proptest};

use super::*;

const STRICT: Limits = Limits {
    bytes: 4096,
    elements: 100,
    plain: true,
};
const LENIENT: Limits = Limits {
    plain: false,
    ..STRICT
};

fn error(text: &str) -> XmlError {
    match parse(text.as_bytes(), &STRICT) {
        Err(error) => error,
        Ok(element) => panic!("accepted: {element:?}"),
    }
}

#[test]
fn a_tree_has_names_attributes_texts_and_places() {
    let text = "\u{feff}<?xml version='1.0' encoding='ASCII'?>\n<a x=\"1\">\n <s:b y='&lt;'>t&amp;&#65;</s:b><c/></a>\n";

    let root = parse(text.as_bytes(), &STRICT).unwrap();

    assert_eq!(root.name, "a");
    assert_eq!(root.attribute("x"), Some("1"));
    assert_eq!(root.text, "");
    let [b, c] = &root.children[..] else {
        panic!("{root:?}")
    };
    assert_eq!(
        (b.name, b.text.as_str(), b.attribute("y")),
        ("b", "t&A", Some("<"))
    );
    assert_eq!(&text[b.span.clone()], "<s:b y='&lt;'>t&amp;&#65;</s:b>");
    assert_eq!(&text[c.span.clone()], "<c/>");
    assert!(text[root.span.clone()].starts_with("<a x"));
    assert!(text[root.span.clone()].ends_with("</a>"));
}

#[test]
fn comments_instructions_and_cdata_are_refused_or_passed_over() {
    let text = "<a><!-- <b> --><?p q?>x<![CDATA[<&]]></a>";

    assert!(matches!(error(text), XmlError::Forbidden { offset: 3, .. }));
    assert_eq!(parse(text.as_bytes(), &LENIENT).unwrap().text, "x<&");
}

#[test]
fn entities_and_document_types_are_refused() {
    let laughs = "<!DOCTYPE a [<!ENTITY b 'ha'><!ENTITY c '&b;&b;&b;'>]><a>&c;</a>";

    assert!(matches!(error(laughs), XmlError::Forbidden { .. }));
    assert!(matches!(error("<a>&c;</a>"), XmlError::Entity { .. }));
    assert!(matches!(error("<a>&#0;</a>"), XmlError::Entity { .. }));
    assert!(matches!(
        error("<a>&#x110000;</a>"),
        XmlError::Entity { .. }
    ));
}

#[test]
fn what_is_not_well_formed_is_refused() {
    for text in [
        "",
        " ",
        "text",
        "<a>",
        "</a>",
        "<a></b>",
        "<a/><b/>",
        "<a/>text",
        "<a>x<b/></a>",
        "<a><b/>x</a>",
        "<a x='1' x='2'/>",
        "<a x=1/>",
        "<a x='<b>'/>",
        "<a x='&c;'/>",
        "<a x='&#1;'/>",
        "<1/>",
        "<a&b/>",
        "< a/>",
        "<a>&#1;</a>",
        "<a>\u{1}</a>",
        "<a>&amp</a>",
        "<a><",
        "\u{feff}\u{feff}<a/>",
    ] {
        let found = error(text);
        assert!(
            matches!(found, XmlError::Syntax { .. }),
            "{text:?}: {found:?}"
        );
    }
}

#[test]
fn declarations_of_other_encodings_versions_and_places_are_refused() {
    for text in [
        "<?xml version='1.0' encoding='UTF-16'?><a/>",
        "<?xml version='1.1'?><a/>",
    ] {
        assert!(
            matches!(error(text), XmlError::Declaration { .. }),
            "{text}"
        );
    }
    let late = error(" <?xml version='1.0'?><a/>");
    assert!(matches!(late, XmlError::Forbidden { .. }), "{late:?}");
    assert_eq!(
        parse(b"<a>\xff</a>", &STRICT),
        Err(XmlError::NotUtf8 { offset: 3 })
    );
}

#[test]
fn size_depth_and_number_are_bounded() {
    let long = format!("<a>{}</a>", "x".repeat(STRICT.bytes));
    assert!(matches!(
        error(&long),
        XmlError::TooLarge { limit: 4096, .. }
    ));
    assert!(matches!(error(&"<a>".repeat(33)), XmlError::TooDeep { .. }));
    let deep = format!("{}{}", "<a>".repeat(32), "</a>".repeat(32));
    assert!(parse(deep.as_bytes(), &STRICT).is_ok());
    let many = format!("<a>{}</a>", "<b/>".repeat(100));
    assert_eq!(error(&many), XmlError::TooMany { limit: 100 });
    let attributes: Vec<_> = (0..65).map(|n| format!("a{n}=''")).collect();
    let tag = format!("<a {}/>", attributes.join(" "));
    assert!(matches!(error(&tag), XmlError::Syntax { .. }));
}

#[test]
fn the_writer_gives_one_line_with_single_quotes() {
    let mut writer = Writer::new();
    writer.element("a", &[("x", "1'2")], |writer| {
        writer.leaf("b", "<&>\"'\r");
        writer.leaf("c", "");
    });

    assert_eq!(
        String::from_utf8(writer.finish()).unwrap(),
        "<?xml version='1.0'?><a x='1&apos;2'><b>&lt;&amp;&gt;&quot;&apos;&#13;</b><c/></a>"
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn any_text_that_xml_can_carry_comes_back(text in "[^\\x00-\\x08\\x0b\\x0c\\x0e-\\x1f\\u{fffe}\\u{ffff}]*") {
        let mut writer = Writer::new();
        writer.element("a", &[("x", &text)], |writer| writer.text(&text));
        let bytes = writer.finish();

        let root = parse(&bytes, &STRICT).unwrap();

        prop_assert_eq!(root.attribute("x"), Some(text.as_str()));
        prop_assert_eq!(root.text, text);
    }

    #[test]
    fn no_bytes_make_the_reader_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = parse(&bytes, &STRICT);
        let _ = parse(&bytes, &LENIENT);
    }

    #[test]
    fn no_markup_makes_the_reader_panic(text in "[<>/!?\\[\\]a&;#x='\" -]{0,60}") {
        let _ = parse(text.as_bytes(), &STRICT);
        let _ = parse(text.as_bytes(), &LENIENT);
    }
}
