using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Nnpfs.Origins;
using Nnpfs.Origins.Http;
using Nnpfs.Origins.Http.Listings;
using Nnpfs.Origins.Http.Manifests;
using Nnpfs.TestKit;

namespace Nnpfs.Property.Tests.Http;

/// <summary>Listings are hostile: no bytes make a parser throw, and no name leaves it that could leave its directory.</summary>
public sealed class ListingFuzzTests
{
    private static readonly Uri Url = new("http://host/dir/");

    // Pieces that steer random input into every branch.
    private static readonly string[] Pieces =
    [
        "<a href=\"", "<A HREF='", "<a href=", "\"", "'", ">", "</a>", "<!--", "-->", "../", "./", "/", "/dir/", "//host/dir/", "http://host/dir/",
        "name", "%2F", "%00", "%2e%2e", "%", "?C=N", "#", "&amp;", "&#47;", "&#x2F;", "&", ";", " ", "\n", "\0", "[", "]", "{", "}", ",", ":",
        "\"name\":", "\"type\":\"file\"", "\"size\":1", "\"path\":\"a/b\"", "\\u0000", "\\ud800", "\\", "é", "1e400", "-1", "javascript:",
    ];

    private static readonly Gen<byte[]> Soup = Gen.Elements(Pieces).ListOf()
        .Select(pieces => Encoding.UTF8.GetBytes(string.Concat(pieces)));

    private static readonly Gen<byte[]> Any = Gen.OneOf(Soup, ArbMap.Default.GeneratorFor<byte[]>());

    [Fact]
    public void No_page_makes_the_HTML_parser_throw_or_gives_a_bad_name() => Prop.ForAll(Any.ToArbitrary(), page =>
    {
        var sink = new ListingSink(100);
        HtmlListing.Parse(page, Url, sink);
        return AreGood(sink);
    }).Check(Fuzz.Runs());

    [Fact]
    public void No_document_makes_the_JSON_parser_throw_or_gives_a_bad_name() => Prop.ForAll(Any.ToArbitrary(), body =>
    {
        var sink = new ListingSink(100);
        JsonListing.TryParse(body, sink);
        return AreGood(sink);
    }).Check(Fuzz.Runs());

    [Fact]
    public void No_bytes_make_the_manifest_parser_throw() => Prop.ForAll(Any.ToArbitrary(), body =>
    {
        string? wrong = ManifestTree.TryParse(body, out ManifestTree? tree);
        return wrong is null == tree is not null;
    }).Check(Fuzz.Runs());

    [Fact]
    public void Every_name_comes_back_from_a_listing_that_encodes_it() => Prop.ForAll(ArbMap.Default.GeneratorFor<byte[]>().ToArbitrary(), name =>
    {
        if (!OriginPath.IsName(name))
            return true;
        var sink = new ListingSink();
        HtmlListing.Parse(Encoding.ASCII.GetBytes($"<a href=\"{UrlPath.Encode(name)}/\">x</a>"), Url, sink);
        return sink.Entries is [{ IsDirectory: true } entry] && entry.Name.AsSpan().SequenceEqual(name);
    }).Check(Fuzz.Runs());

    [Fact]
    public void Validators_survive_being_kept_and_any_text_can_be_parsed() => Prop.ForAll<string>(text =>
    {
        _ = HttpValidator.Parse(new(text ?? "", false)).IfRange;
        return true;
    }).Check(Fuzz.Runs());

    [Theory]
    [InlineData("../")]
    [InlineData("..")]
    [InlineData("%2e%2e/")]
    [InlineData("/other/x")]
    [InlineData("/dir/")]
    [InlineData("/dir/a/b")]
    [InlineData("a%2Fb")]
    [InlineData("a%00b")]
    [InlineData("?C=N;O=D")]
    [InlineData("http://elsewhere/dir/x")]
    [InlineData("//elsewhere/dir/x")]
    [InlineData("mailto:x")]
    [InlineData("#top")]
    [InlineData("")]
    public void A_link_that_is_no_entry_is_ignored(string href) => Assert.Empty(Parse($"<a href=\"{href}\">x</a>").Entries);

    [Theory]
    [InlineData("<a href=\"/dir/x\">", "x")]
    [InlineData("<a class=y href='x'>", "x")]
    [InlineData("<A\nHREF=x>", "x")]
    [InlineData("<a href=\"http://host/dir/x\">", "x")]
    [InlineData("<a href=\"./x:y\">", "x:y")]
    [InlineData("<a href=\"a&amp;b%26\">", "a&b&")]
    [InlineData("<a href=\"%C3%BC\">", "ü")]
    [InlineData("<!-- <a href=\"no\"> --><a href=\"x\">", "x")]
    [InlineData("<img alt=it's><a href=\"x\"><a href=\"x/\">", "x")]
    public void A_link_to_a_child_is_an_entry(string page, string name) =>
        Assert.Equal(name, Encoding.UTF8.GetString(Assert.Single(Parse(page).Entries).Name));

    private static ListingSink Parse(string page)
    {
        var sink = new ListingSink();
        HtmlListing.Parse(Encoding.UTF8.GetBytes(page), Url, sink);
        return sink;
    }

    private static bool AreGood(ListingSink sink) => sink.Entries.TrueForAll(entry => OriginPath.IsName(entry.Name));
}
