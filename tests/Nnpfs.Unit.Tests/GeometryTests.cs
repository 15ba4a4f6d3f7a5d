using Nnpfs.Proto;

namespace Nnpfs.Unit.Tests;

public sealed class GeometryTests
{
    private static readonly Geometry Geometry = new(256 * 1024); // pages of 4 KiB

    [Theory]
    [InlineData(0, 0, 0, 0ul)]
    [InlineData(0, 0, 1, 1ul)]
    [InlineData(0, 4095, 2, 3ul)]
    [InlineData(0, 8192, 4096, 4ul)]
    [InlineData(0, 0, 1_000_000_000, ulong.MaxValue)]
    [InlineData(1, 0, 256 * 1024, 0ul)]
    [InlineData(1, 0, (256 * 1024) + 1, 1ul)]
    [InlineData(1, (512 * 1024) - 1, 1, 1ul << 63)]
    public void A_byte_range_touches_these_pages_of_a_block(long block, long offset, long length, ulong mask) =>
        Assert.Equal(mask, Geometry.MaskOf(block, offset, length));

    [Fact]
    public void The_last_block_is_full_with_the_pages_that_it_has() =>
        Assert.Equal(0b111ul, Geometry.FullMap(2, (2 * 256 * 1024) + 8193));

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(300_000)]
    [InlineData(1L << 40)]
    public void A_block_size_that_is_no_power_of_two_in_bounds_is_refused(long size) => Assert.False(Geometry.IsValid(size));

    [Fact]
    public void A_block_name_spells_fan_node_version_block_and_generation()
    {
        string name = new BlockName(new NodeId(0xabc), 2, 3, 0x10).ToString();
        Assert.Matches("^[0-9a-f]{2}/[0-9a-f]{2}/abc-2-3-10$", name);
    }

    [Fact]
    public void The_longest_block_name_fits()
    {
        string name = new BlockName(new NodeId(ulong.MaxValue), ulong.MaxValue, long.MaxValue, ulong.MaxValue).ToString();
        Assert.True(name.Length <= BlockName.MaxLength);
    }
}
