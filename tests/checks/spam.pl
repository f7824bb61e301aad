# Scores mails by SpamAssassin's own rules, without asking anybody: reads names of files, one a
# line, and writes for each its score and the rules that it met.
use strict;
use warnings;
use Mail::SpamAssassin;

my ($rules, $site) = @ARGV;
my $judge = Mail::SpamAssassin->new({
    rules_filename       => $rules,
    site_rules_filename  => $site,
    userprefs_filename   => '/dev/null',
    local_tests_only     => 1,
    dont_copy_prefs      => 1,
    require_rules        => 1,
    post_config_text     => "use_bayes 0\nuse_auto_whitelist 0\n",
});
$judge->compile_now(0);
$| = 1;
while (my $name = <STDIN>) {
    chomp $name;
    open(my $file, '<:raw', $name) or die "$name: $!";
    my $mail = $judge->parse([<$file>], 1);
    my $status = $judge->check($mail);
    printf "%.1f %s\n", $status->get_score, $status->get_names_of_tests_hit;
    $status->finish;
    $mail->finish;
}
